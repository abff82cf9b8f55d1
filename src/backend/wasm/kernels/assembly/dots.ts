/**
 * The inner loop of all float64 kernels: eight dot products at once, so that each loaded value is
 * used at least twice.
 */
import { madd64 } from './madd';

/** The address of a number of a row-major matrix in float64; the stride in numbers. */
@inline
export function at(m: usize, stride: i32, i: i32, j: i32): usize {
  return m + ((<usize>i * <usize>stride + <usize>j) << 3);
}

/** Σ_k a_i[k]·b_j[k] for k < n, of four rows a_i and two rows b_j; out[2·i + j]. n is even; strides are in bytes. */
export function dots4x2(a: usize, strideA: usize, b: usize, strideB: usize, n: i32, out: usize): void {
  const a1 = a + strideA;
  const a2 = a1 + strideA;
  const a3 = a2 + strideA;
  const b1 = b + strideB;
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = (<usize>n) << 3;
  for (let k: usize = 0; k < end; k += 16) {
    const y0 = v128.load(b + k);
    const y1 = v128.load(b1 + k);
    const x0 = v128.load(a + k);
    s00 = madd64(x0, y0, s00);
    s01 = madd64(x0, y1, s01);
    const x1 = v128.load(a1 + k);
    s10 = madd64(x1, y0, s10);
    s11 = madd64(x1, y1, s11);
    const x2 = v128.load(a2 + k);
    s20 = madd64(x2, y0, s20);
    s21 = madd64(x2, y1, s21);
    const x3 = v128.load(a3 + k);
    s30 = madd64(x3, y0, s30);
    s31 = madd64(x3, y1, s31);
  }
  store<f64>(out, sum2(s00), 0);
  store<f64>(out, sum2(s01), 8);
  store<f64>(out, sum2(s10), 16);
  store<f64>(out, sum2(s11), 24);
  store<f64>(out, sum2(s20), 32);
  store<f64>(out, sum2(s21), 40);
  store<f64>(out, sum2(s30), 48);
  store<f64>(out, sum2(s31), 56);
}

@inline
function sum2(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
