/**
 * Elementwise functions that pass a NaN on, whatever its sign bit and its place. Comparisons of
 * WebAssembly are false for a NaN, and its minima and maxima return it.
 */

/** Numbers of an item of work. */
const BLOCK: i32 = 1 << 14;

/** Items of work for tensors of `size` numbers. */
export function numberItems(size: i32): i32 {
  return (size + BLOCK - 1) / BLOCK;
}

/** x if it is not below 0, otherwise 0. */
export function relu(x: usize, out: usize, size: i32, scratch: usize, from: i32, to: i32): void {
  const zero = f32x4.splat(0);
  const last = <usize>min(to * BLOCK, size) << 2;
  let i = <usize>(from * BLOCK) << 2;
  for (; i + 16 <= last; i += 16) {
    const v = v128.load(x + i);
    v128.store(out + i, v128.andnot(v, f32x4.le(v, zero)));
  }
  for (; i < last; i += 4) {
    const v = load<f32>(x + i);
    store<f32>(out + i, v <= 0 ? 0 : v);
  }
}

/** min(max(x, least), most). */
export function clip(
  x: usize,
  out: usize,
  size: i32,
  least: f32,
  most: f32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const low = f32x4.splat(least);
  const high = f32x4.splat(most);
  const last = <usize>min(to * BLOCK, size) << 2;
  let i = <usize>(from * BLOCK) << 2;
  for (; i + 16 <= last; i += 16)
    v128.store(out + i, f32x4.min(f32x4.max(v128.load(x + i), low), high));
  for (; i < last; i += 4) store<f32>(out + i, min<f32>(max<f32>(load<f32>(x + i), least), most));
}

@inline
function chosen(kind: i32, a: v128, b: v128): v128 {
  if (kind == 0) return f32x4.max(a, b);
  if (kind == 1) return f32x4.min(a, b);
  // a·[b > 0], b where that is NaN.
  if (kind == 3) {
    const one = v128.and(f32x4.gt(b, f32x4.splat(0)), f32x4.splat(1));
    return v128.bitselect(b, f32x4.mul(a, one), f32x4.ne(b, b));
  }
  // a if it is not below 0, otherwise a·b.
  return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
}

/** The greater (kind 0) or the smaller (1) of two numbers, `prelu` (2), or `stepped` (3); a tensor whose step is 0 is one number for all. */
export function pairwise(
  kind: i32,
  a: usize,
  b: usize,
  out: usize,
  stepA: i32,
  stepB: i32,
  size: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const last = <usize>min(to * BLOCK, size) << 2;
  let i = <usize>(from * BLOCK) << 2;
  const oneA = stepA == 0;
  const oneB = stepB == 0;
  const allA = f32x4.splat(load<f32>(a));
  const allB = f32x4.splat(load<f32>(b));
  for (; i + 16 <= last; i += 16)
    v128.store(out + i, chosen(kind, oneA ? allA : v128.load(a + i), oneB ? allB : v128.load(b + i)));
  for (; i < last; i += 4) {
    const u = oneA ? allA : f32x4.splat(load<f32>(a + i));
    const v = oneB ? allB : f32x4.splat(load<f32>(b + i));
    store<f32>(out + i, f32x4.extract_lane(chosen(kind, u, v), 0));
  }
}
