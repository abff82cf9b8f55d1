/**
 * Functions of single numbers by SIMD. NaN stays NaN, as minima and maxima of WebAssembly return
 * it. Exponential and hyperbolic tangent use the polynomials of Cephes (Moshier 1989). All are
 * accurate to a few units in the last place.
 */

/** Numbers of an item of work. */
const BLOCK: i32 = 1 << 12;

/** Items of work for tensors of `size` numbers. */
export function unaryItems(size: i32): i32 {
  return (size + BLOCK - 1) / BLOCK;
}

@inline
function times(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

@inline
function plus(a: v128, b: f32): v128 {
  return f32x4.add(a, f32x4.splat(b));
}

/** a·x + b. */
@inline
function line(a: f32, b: f32, x: v128): v128 {
  return plus(times(x, f32x4.splat(a)), b);
}

/** 2ⁿ of whole n between −126 and 127. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** Added to a number below 2²² and taken away again, it leaves the nearest whole number, which stands in the last bits of the sum. */
const TO_WHOLE: f32 = 12582912;

/** The nearest whole number n to x/ln 2, as n + `TO_WHOLE`. */
@inline
function shiftedOf(x: v128): v128 {
  return plus(times(x, f32x4.splat(1.44269504088896341)), TO_WHOLE);
}

/** eʳ − 1 for r = x − n·ln 2, of which n is that number: |r| ≤ ln 2/2. */
@inline
function excess(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(TO_WHOLE));
  // ln 2 in two parts, the first of which n has exact products with.
  const r = f32x4.sub(
    f32x4.sub(x, times(n, f32x4.splat(0.693359375))),
    times(n, f32x4.splat(-2.12194440e-4)),
  );
  const square = times(r, r);
  // By pairs of terms, which do not wait for each other.
  let y = line(1.9875691500e-4, 1.3981999507e-3, r);
  y = f32x4.add(times(y, square), line(8.3334519073e-3, 4.1665795894e-2, r));
  y = f32x4.add(times(y, square), line(1.6666665459e-1, 5.0000001201e-1, r));
  return f32x4.add(r, times(y, square));
}

/** eˣ = 2ⁿ·eʳ. Outside these bounds it is 0 or ∞, as 2ⁿ in two halves gives. */
@inline
export function exponential(v: v128): v128 {
  // The minima and maxima that one instruction gives: where v is NaN they are v.
  const x = f32x4.pmax(f32x4.pmin(v, f32x4.splat(90)), f32x4.splat(-105));
  const shifted = shiftedOf(x);
  const y = plus(excess(x, shifted), 1);
  const whole = i32x4.sub(shifted, f32x4.splat(TO_WHOLE));
  const half = i32x4.shr_s(whole, 1);
  return times(times(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** 1 − eˣ for x between −87 and 0, with all its digits near 0: 1 − 2ⁿ − 2ⁿ·(eʳ − 1). */
@inline
function oneLessExponential(x: v128): v128 {
  const shifted = shiftedOf(x);
  const power = powerOfTwo(i32x4.sub(shifted, f32x4.splat(TO_WHOLE)));
  return f32x4.sub(f32x4.sub(f32x4.splat(1), power), times(power, excess(x, shifted)));
}

/** tanh x: a polynomial near 0, and 1 − 2/(e²ˣ + 1) elsewhere, with the sign of x. */
@inline
function hyperbolicTangent(x: v128): v128 {
  const sign = v128.and(x, f32x4.splat(-0.0));
  const size = f32x4.abs(x);
  const e = exponential(f32x4.add(size, size));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), plus(e, 1)));
  const z = times(x, x);
  let y = f32x4.splat(-5.70498872745e-3);
  y = plus(times(y, z), 2.06390887954e-2);
  y = plus(times(y, z), -5.37397155531e-2);
  y = plus(times(y, z), 1.33314422036e-1);
  y = plus(times(y, z), -3.33332819422e-1);
  const near = f32x4.add(x, times(times(y, z), x));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)));
}

/** 1/(1 + e⁻ˣ), or eˣ/(1 + eˣ) if x is below 0: the exponential never exceeds 1. */
@inline
function logistic(x: v128): v128 {
  const e = exponential(f32x4.neg(f32x4.abs(x)));
  const above = f32x4.div(f32x4.splat(1), plus(e, 1));
  return v128.bitselect(times(e, above), above, f32x4.lt(x, f32x4.splat(0)));
}

/**
 * The error function, 1 − e^(−|x|·(1 − p(|x|))) with the sign of x: p is the polynomial of degree 8
 * with the least largest relative error of the result, 4·10⁻⁹, up to 4, from where on it is 1.
 */
@inline
function errorFunction(x: v128): v128 {
  // Where x is NaN, it is x.
  const t = f32x4.pmin(f32x4.abs(x), f32x4.splat(4));
  const square = times(t, t);
  const fourth = times(square, square);
  const low = f32x4.add(times(line(1.915306412e-2, -1.027778313e-1, t), square), line(-6.366193891e-1, -1.283791661e-1, t));
  const high = f32x4.add(times(line(-1.176413280e-4, 6.328370655e-4, t), square), line(-1.667027827e-3, 1.603963610e-4, t));
  const p = f32x4.add(low, times(fourth, f32x4.add(high, times(fourth, f32x4.splat(9.256271369e-6)))));
  const size = oneLessExponential(f32x4.sub(times(p, t), t));
  return v128.or(size, v128.and(x, f32x4.splat(-0.0)));
}

@inline
function applied(kind: i32, x: v128): v128 {
  if (kind == 0) return f32x4.abs(x);
  if (kind == 1) return f32x4.neg(x);
  if (kind == 2) return times(x, x);
  if (kind == 3) return f32x4.sqrt(x);
  if (kind == 4) return exponential(x);
  if (kind == 5) return hyperbolicTangent(x);
  if (kind == 6) return logistic(x);
  return errorFunction(x);
}

/** |x|, −x, x², √x, eˣ, tanh x, 1/(1 + e⁻ˣ), or erf x. */
export function unary(
  kind: i32,
  x: usize,
  out: usize,
  size: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const last = <usize>min(to * BLOCK, size) << 2;
  let i = <usize>(from * BLOCK) << 2;
  for (; i + 16 <= last; i += 16) v128.store(out + i, applied(kind, v128.load(x + i)));
  for (; i < last; i += 4) v128.store32_lane(out + i, applied(kind, v128.load32_zero(x + i)), 0);
}
