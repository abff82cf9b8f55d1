/**
 * Products that are added to sums, in the order that `compile.mjs` looks for: a multiplication, a
 * variable, an addition. With relaxed SIMD, one instruction replaces them and rounds once.
 * Elsewhere the variable comes first, so a product is rounded by itself, as it is where the last
 * few numbers of a row are handled one by one.
 */

/** a·b + c in float32. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a·b + c in float64. */
@inline
export function madd64(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}
