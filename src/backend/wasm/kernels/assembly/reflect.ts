/**
 * The Householder reflection Q that takes the vector of ones to √n·e₁. It is its own inverse. Sums
 * are float64, in one order, whatever the number of threads.
 */
import { HEAD } from './scratch';
import { sumRowsOf } from './sum';

/** The sum of n numbers, in float64. */
@inline
function sumOf(x: usize, n: i32): f64 {
  let even = f64x2.splat(0);
  let odd = even;
  let evenNext = even;
  let oddNext = even;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const four = v128.load(x + (<usize>j << 2));
    even = f64x2.add(even, f64x2.promote_low_f32x4(four));
    odd = f64x2.add(odd, f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 0)));
    const next = v128.load(x + (<usize>j << 2), 16);
    evenNext = f64x2.add(evenNext, f64x2.promote_low_f32x4(next));
    oddNext = f64x2.add(oddNext, f64x2.promote_low_f32x4(v128.shuffle<f64>(next, next, 1, 0)));
  }
  const both = f64x2.add(f64x2.add(even, odd), f64x2.add(evenNext, oddNext));
  let total = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; j < n; j++) total += <f64>load<f32>(x + (<usize>j << 2));
  return total;
}

/** What `reflected` subtracts from all numbers but the first, given the sum of n numbers and the first: 0 for one number. */
@inline
function shiftOf(sum: f64, first: f64, n: i32): f64 {
  const root = sqrt(<f64>n);
  return n == 1 ? 0 : (sum - root * first) / (<f64>n - root);
}

/** X·Q for rows `from` … `to` of X [·, n]. */
export function reflectRows(x: usize, n: i32, out: usize, _scratch: usize, from: i32, to: i32): void {
  const bytes = <usize>n << 2;
  for (let i = from; i < to; i++) {
    const row = out + <usize>i * bytes;
    memory.copy(row, x + <usize>i * bytes, bytes);
    reflect(row, n);
  }
}

/** A vector of n numbers, reflected in its place: its first number becomes the sum over √n (`reflectColumns`). */
export function reflect(x: usize, n: i32): void {
  const sum = sumOf(x, n);
  const shift = <f32>shiftOf(sum, <f64>load<f32>(x), n);
  const by = f32x4.splat(shift);
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const at = x + (<usize>j << 2);
    v128.store(at, f32x4.sub(v128.load(at), by));
  }
  for (; j < n; j++) store<f32>(x + (<usize>j << 2), load<f32>(x + (<usize>j << 2)) - shift);
  store<f32>(x, <f32>(sum / sqrt(<f64>n)));
}

/** The most columns of a part of `reflectColumns`: all their rows stay in the second cache. */
const COLUMNS: i32 = 256;

/**
 * Q·X for X [rows, columns], by parts of `width` columns, `COLUMNS` at most, from `from` to `to`. Q is the reflection that takes the vector of ones to √rows·e₁: the first row of
 * Q·X is √rows times the mean row, and the others are small beside it where rows have a common part.
 */
export function reflectColumns(
  x: usize,
  rows: i32,
  columns: i32,
  out: usize,
  width: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const sums = scratch + HEAD;
  const shifts = sums + (<usize>COLUMNS << 3);
  const stride = <usize>columns << 2;
  for (let item = from; item < to; item++) {
    const j0 = item * width;
    const count = min(width, columns - j0);
    const start = x + (<usize>j0 << 2);
    const target = out + (<usize>j0 << 2);
    sumRowsOf(start, stride, sums, rows, count, false, 1);
    for (let j = 0; j < count; j++) {
      const sum = load<f64>(sums + (<usize>j << 3));
      const first = <f64>load<f32>(start + (<usize>j << 2));
      store<f32>(shifts + (<usize>j << 2), <f32>shiftOf(sum, first, rows));
      store<f32>(target + (<usize>j << 2), <f32>(sum / sqrt(<f64>rows)));
    }
    for (let i = 1; i < rows; i++) {
      const row = start + <usize>i * stride;
      const to = target + <usize>i * stride;
      let j = 0;
      for (; j + 4 <= count; j += 4) {
        const at = <usize>j << 2;
        v128.store(to + at, f32x4.sub(v128.load(row + at), v128.load(shifts + at)));
      }
      for (; j < count; j++) {
        const at = <usize>j << 2;
        store<f32>(to + at, load<f32>(row + at) - load<f32>(shifts + at));
      }
    }
  }
}
