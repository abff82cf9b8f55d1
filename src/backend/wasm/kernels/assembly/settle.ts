/**
 * Solutions of the dual, corrected along the mean of the rows of A, where they are least accurate (`solver/along.ts`). In the frame of
 * `reflect.ts`, d = Aᵀe₁ is the first row of A, and A·d is the first row k of AAᵀ. A is [x, √n·e₁], or x alone. With u = k/k₁, no
 * square overflows. s is computed of A as it is, since V·s shows each rounding of s:
 *
 *     s = Aᵀu + β/k₁·d,   ⟨d, s⟩ = ‖k‖²/k₁ + β
 *     T + c·dᵀ,           c = (u − T·s) / ⟨d, s⟩              for T = (AAᵀ + βI)⁻¹A (`solver/columns.ts`)
 *     V + c·dᵀ,           c = (H·u − V·s) / ⟨d, s⟩            for V = S·A, so that S + c·e₁ᵀ is that of the result
 */
import { addRow } from './few';
import { madd } from './madd';
import { reflect } from './reflect';

/**
 * u [n] of the first row of a matrix, to whose first number `first` is added, and Q·u [n]; and ‖k‖²/k₁. Or zeros, and 0, if k₁ is not
 * positive.
 */
export function settleStart(k: usize, n: i32, first: f64, u: usize, turned: usize): f64 {
  const begin = <f64>load<f32>(k) + first;
  if (!(begin > 0)) {
    memory.fill(u, 0, <usize>n << 2);
    return 0;
  }
  let total = begin;
  store<f32>(u, 1);
  for (let i = 1; i < n; i++) {
    const value = <f64>load<f32>(k + (<usize>i << 2));
    total += (value / begin) * value;
    store<f32>(u + (<usize>i << 2), <f32>(value / begin));
  }
  memory.copy(turned, u, <usize>n << 2);
  reflect(turned, n);
  return total;
}

/** Makes s of the product xᵀu in its place, for `share` = β/k₁. */
export function settleSlope(x: usize, width: i32, ones: i32, n: i32, share: f64, s: usize): void {
  for (let j: usize = 0; j < <usize>width << 2; j += 4)
    store<f32>(s + j, <f32>(<f64>load<f32>(s + j) + share * <f64>load<f32>(x + j)));
  if (ones) store<f32>(s + (<usize>width << 2), <f32>(sqrt(<f64>n) * (1 + share)));
}

/** c of u and T·s, in the place of u. */
export function settleError(u: usize, sums: usize, n: i32, curvature: f64): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 4)
    store<f32>(u + i, <f32>((<f64>load<f32>(u + i) - <f64>load<f32>(sums + i)) / curvature));
}

/** Rows `from` … `to` of Tᵀ + d·cᵀ, reflected: those of x, and the one behind them into `last`. */
export function settleRows(
  t: usize,
  c: usize,
  x: usize,
  width: i32,
  n: i32,
  out: usize,
  last: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const stride = <usize>n << 2;
  for (let i = from; i < to; i++) {
    const target = i < width ? out + <usize>i * stride : last;
    const factor = i < width ? load<f32>(x + (<usize>i << 2)) : <f32>sqrt(<f64>n);
    memory.copy(target, t + <usize>i * stride, stride);
    addRow(factor, c, n, target);
    reflect(target, n);
  }
}

/** ⟨x, y⟩ in float32, in four sums of four. */
function product(x: usize, y: usize, n: i32): f64 {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const at = <usize>i << 2;
    sum0 = madd(v128.load(x + at), v128.load(y + at), sum0);
    sum1 = madd(v128.load(x + at, 16), v128.load(y + at, 16), sum1);
    sum2 = madd(v128.load(x + at, 32), v128.load(y + at, 32), sum2);
    sum3 = madd(v128.load(x + at, 48), v128.load(y + at, 48), sum3);
  }
  const sum = f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3));
  let total =
    <f64>f32x4.extract_lane(sum, 0) +
    <f64>f32x4.extract_lane(sum, 1) +
    (<f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3));
  for (; i < n; i++) total += <f64>load<f32>(x + (<usize>i << 2)) * <f64>load<f32>(y + (<usize>i << 2));
  return total;
}

/**
 * Rows `from` … `to` of V + c·dᵀ: the columns of x in the place of V, and the one behind them into `last`; and of S + c·e₁ᵀ into `settled`. V has
 * the columns of x, and √n times the first number of S.
 */
export function settleUnits(
  v: usize,
  s: usize,
  h: usize,
  u: usize,
  slope: usize,
  x: usize,
  width: i32,
  ones: i32,
  n: i32,
  curvature: f64,
  settled: usize,
  last: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const root = sqrt(<f64>n);
  for (let i = from; i < to; i++) {
    const row = v + (<usize>i * <usize>width << 2);
    const own = s + (<usize>i * <usize>n << 2);
    const begin = <f64>load<f32>(own);
    const known = product(row, slope, width) + (ones ? root * begin * <f64>load<f32>(slope + (<usize>width << 2)) : 0);
    const c = curvature > 0 ? (product(h + (<usize>i * <usize>n << 2), u, n) - known) / curvature : 0;
    addRow(<f32>c, x, width, row);
    if (ones) store<f32>(last + (<usize>i << 2), <f32>(root * (begin + c)));
    const to = settled + (<usize>i * <usize>n << 2);
    memory.copy(to, own, <usize>n << 2);
    store<f32>(to, <f32>(begin + c));
  }
}
