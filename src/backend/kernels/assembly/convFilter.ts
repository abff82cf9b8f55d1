/**
 * The gradient of a convolution by its filter: dw[t, u] = Σ over images and output positions p of x[p + t]·dy[p, u]. For each band
 * (see `conv.ts`) a tile of five neighbouring taps by eight units is summed over all positions; each thread has sums of its own.
 */
import { memberOf } from './scratch';
import { bandOf, copyBand, Shape } from './shape';

/** Taps of a tile. */
const HEIGHT: i32 = 5;

/** Taps of a run, rounded up to whole tiles: the additional ones see what lies behind, and are left out at the end. */
@inline
function height(s: Shape): i32 {
  return ((s.run + HEIGHT - 1) / HEIGHT) * HEIGHT;
}

/** Numbers that each thread sums in. */
export function filterSums(s: Shape): i32 {
  return s.kernelHeight * s.parts * height(s) * s.wide;
}

/** Items of work: images, or bands of them, added to the sums of this thread, which begin as zeros. */
export function filterGradient(s: Shape, scratch: usize, from: i32, to: i32): void {
  const member = memberOf(scratch);
  const band = bandOf(s, member);
  const mine = <usize>s.work + (<usize>(member * filterSums(s)) << 2);
  const step = <usize>s.units << 2;
  const table = <usize>s.positionsAt;
  const stride = <usize>s.wide << 2;
  for (let item = from; item < to; item++) {
    const n = item / s.bands;
    const row = (item % s.bands) * s.band;
    const outputs = min(s.band, s.outHeight - row);
    const positions = outputs * s.outWidth;
    copyBand(s, n, row, outputs, band);
    const dy = <usize>s.out + (<usize>((n * s.outHeight + row) * s.outWidth * s.units) << 2);
    let sums = mine;
    for (let i = 0; i < s.kernelHeight; i++)
      for (let j = 0; j < s.parts; j++) {
        const a = band + (<usize>(i * s.dilationHeight * s.line + j * s.partStep) << 2);
        for (let l = 0; l < s.run; l += HEIGHT) {
          const here = a + (<usize>l << 2);
          let u = 0;
          for (; u + 8 <= s.wide; u += 8)
            filterTile8(here, table, positions, dy + (<usize>u << 2), step, sums + (<usize>u << 2), stride);
          if (u < s.wide) filterTile4(here, table, positions, dy + (<usize>u << 2), step, sums + (<usize>u << 2), stride);
          sums += <usize>HEIGHT * stride;
        }
      }
  }
}

/** The sums of so many threads together, as a filter. */
export function sumFilter(s: Shape, members: i32): void {
  let to = <usize>s.filter;
  const each = <usize>filterSums(s) << 2;
  for (let part = 0; part < s.kernelHeight * s.parts; part++)
    for (let l = 0; l < s.run; l++)
      for (let u = 0; u < s.units; u++) {
        let from = <usize>s.work + (<usize>((part * height(s) + l) * s.wide + u) << 2);
        let total: f32 = 0;
        for (let m = 0; m < members; m++) {
          total += load<f32>(from);
          from += each;
        }
        store<f32>(to, total);
        to += 4;
      }
}

@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Five taps by eight units. The sums start from what was there: see `gemm.ts`. */
export function filterTile8(
  a: usize,
  table: usize,
  positions: i32,
  b: usize,
  step: usize,
  c: usize,
  stride: usize,
): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  let c00 = v128.load(c);
  let c01 = v128.load(c, 16);
  let c10 = v128.load(row1);
  let c11 = v128.load(row1, 16);
  let c20 = v128.load(row2);
  let c21 = v128.load(row2, 16);
  let c30 = v128.load(row3);
  let c31 = v128.load(row3, 16);
  let c40 = v128.load(row4);
  let c41 = v128.load(row4, 16);
  for (let left = positions; left != 0; left--) {
    const p = a + <usize>load<u32>(table);
    table += 4;
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(p);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(p, 4);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(p, 8);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(p, 12);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(p, 16);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
    b += step;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(row1, c10);
  v128.store(row1, c11, 16);
  v128.store(row2, c20);
  v128.store(row2, c21, 16);
  v128.store(row3, c30);
  v128.store(row3, c31, 16);
  v128.store(row4, c40);
  v128.store(row4, c41, 16);
}

/** Five taps by four units. */
export function filterTile4(
  a: usize,
  table: usize,
  positions: i32,
  b: usize,
  step: usize,
  c: usize,
  stride: usize,
): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  let c0 = v128.load(c);
  let c1 = v128.load(row1);
  let c2 = v128.load(row2);
  let c3 = v128.load(row3);
  let c4 = v128.load(row4);
  for (let left = positions; left != 0; left--) {
    const p = a + <usize>load<u32>(table);
    table += 4;
    const b0 = v128.load(b);
    c0 = madd(v128.load32_splat(p), b0, c0);
    c1 = madd(v128.load32_splat(p, 4), b0, c1);
    c2 = madd(v128.load32_splat(p, 8), b0, c2);
    c3 = madd(v128.load32_splat(p, 12), b0, c3);
    c4 = madd(v128.load32_splat(p, 16), b0, c4);
    b += step;
  }
  v128.store(c, c0);
  v128.store(row1, c1);
  v128.store(row2, c2);
  v128.store(row3, c3);
  v128.store(row4, c4);
}
