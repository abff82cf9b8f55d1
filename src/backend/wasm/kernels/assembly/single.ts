/**
 * Ridge systems in float32, at the speed of products: the Cholesky factor L of M, and L·Lᵀ·x = b
 * for many right-hand sides. Both are tiles of 5 right-hand sides by 8 unknowns (`gemmTile`): the
 * product with all unknowns before them, and that with the inverse of a triangle of order 8. Each
 * number is one sum in one order, whatever the number of threads.
 *
 * Orders are padded to multiples of 40, so that rows come in fives and in eights, by the identity.
 * Right-hand sides are kept twice: row-major, where tiles add up, and interleaved in fives
 * [·, N, 5], as `gemmTile` reads them. A factor of order N consists of, in numbers:
 *
 *     [N/8, N, 8]   −L, by panels of eight rows
 *     [N/8, N, 8]   −Lᵀ, by panels of eight columns of L
 *     [N/8, 8, 8]   inverses of the triangles, for the way forward
 *     [N/8, 8, 8]   their transposes, for the way back
 */
import { gemmTile } from './gemm';
import { madd } from './madd';
import { memberOf } from './scratch';
import { turnFour } from './transpose';

const HEIGHT: i32 = 5;
const WIDTH: i32 = 8;
/** Rows of a block, which are whole fives and whole eights. */
const BLOCK: i32 = 40;

/** N for an order n. */
export function singleOrder(n: i32): i32 {
  return ((n + BLOCK - 1) / BLOCK) * BLOCK;
}

/** Numbers of a factor of order N. */
export function singleNumbers(size: i32): i32 {
  return 2 * size * (size + WIDTH);
}

/** Numbers that each thread needs for `substituteSingle`. */
export function singleRoom(size: i32): i32 {
  return 2 * BLOCK * size;
}

/** Value k of panel p, of eight numbers. */
@inline
function panel(panels: usize, size: i32, p: i32, k: i32): usize {
  return panels + ((<usize>p * <usize>size + <usize>k) << 5);
}

@inline
function backward(factor: usize, size: i32): usize {
  return factor + ((<usize>size * <usize>size) << 2);
}

/** The inverse of triangle p: for the way forward, or back. */
@inline
function triangle(factor: usize, size: i32, p: i32, back: bool): usize {
  const first = factor + ((2 * <usize>size * <usize>size) << 2);
  return first + ((<usize>(back ? size : 0) * <usize>WIDTH) << 2) + (<usize>p << 8);
}

/** Value k of the five rows of a group. */
@inline
function fives(y: usize, size: i32, group: i32, k: i32): usize {
  return y + (<usize>HEIGHT * (<usize>group * <usize>size + <usize>k) << 2);
}

/** A tile of five rows times a matrix [8, 8], in its place, and interleaved at `five`. */
function timesTriangle(tile: usize, stride: usize, by: usize, five: usize): void {
  const row1 = tile + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  let c40 = zero;
  let c41 = zero;
  for (let t: usize = 0; t < <usize>WIDTH << 2; t += 4) {
    const b0 = v128.load(by);
    const b1 = v128.load(by, 16);
    const a0 = v128.load32_splat(tile + t);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(row1 + t);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(row2 + t);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(row3 + t);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    const a4 = v128.load32_splat(row4 + t);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    by += 32;
  }
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(row1, c10);
  v128.store(row1, c11, 16);
  v128.store(row2, c20);
  v128.store(row2, c21, 16);
  v128.store(row3, c30);
  v128.store(row3, c31, 16);
  v128.store(row4, c40);
  v128.store(row4, c41, 16);
  turnFour(tile, stride, five, 20);
  turnFour(tile + 16, stride, five + 80, 20);
  for (let s: usize = 0; s < <usize>WIDTH; s++) store<f32>(five + 20 * s, load<f32>(row4 + (s << 2)), 16);
}

/**
 * Rows `from` … `to` of K + βI, and `first` more at its first number, into M [size, size], padded by the identity; of each row the sum of
 * absolute values in float64, where `reflected` without the first column, into `sums`.
 */
export function shiftSingle(
  k: usize,
  n: i32,
  beta: f64,
  first: f64,
  reflected: i32,
  m: usize,
  size: i32,
  sums: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++) {
    const row = m + ((<usize>i * <usize>size) << 2);
    if (i >= n) {
      memory.fill(row, 0, <usize>size << 2);
      store<f32>(row + (<usize>i << 2), 1);
      store<f64>(sums + (<usize>i << 3), 0);
      continue;
    }
    const source = k + ((<usize>i * <usize>n) << 2);
    memory.copy(row, source, <usize>n << 2);
    memory.fill(row + (<usize>n << 2), 0, <usize>(size - n) << 2);
    let even = f64x2.splat(0);
    let odd = even;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const size4 = f32x4.abs(v128.load(source + (<usize>j << 2)));
      even = f64x2.add(even, f64x2.promote_low_f32x4(size4));
      odd = f64x2.add(odd, f64x2.promote_low_f32x4(v128.shuffle<f64>(size4, size4, 1, 0)));
    }
    const both = f64x2.add(even, odd);
    let total = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    for (; j < n; j++) total += <f64>abs(load<f32>(source + (<usize>j << 2)));
    store<f64>(sums + (<usize>i << 3), reflected ? total - <f64>abs(load<f32>(source)) : total);
    const here = row + (<usize>i << 2);
    store<f32>(here, <f32>(<f64>load<f32>(here) + beta + (i == 0 ? first : 0)));
  }
}

/** The largest of `count` numbers in float64 from number `from` on, or NaN; 0 where there are none. */
export function largestDouble(x: usize, from: i32, count: i32): f64 {
  let largest: f64 = 0;
  for (let i = from; i < count; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    if (!(value <= largest)) largest = value;
  }
  return largest;
}

/** Columns j … j + 8 of the five rows of a group, given the columns before. */
function solveColumns(m: usize, size: i32, y: usize, factor: usize, group: i32, j: i32): void {
  const stride = <usize>size << 2;
  const row = HEIGHT * group;
  const tile = m + ((<usize>row * <usize>size + <usize>j) << 2);
  const p = j / WIDTH;
  timesTriangle(tile, stride, triangle(factor, size, p, false), fives(y, size, group, j));
  const back = backward(factor, size);
  for (let r = 0; r < HEIGHT; r++) {
    const i = row + r;
    const from = tile + <usize>r * stride;
    const to = panel(back, size, p, i);
    v128.store(to, f32x4.neg(v128.load(from)));
    v128.store(to, f32x4.neg(v128.load(from, 16)), 16);
    const across = panel(factor, size, i / WIDTH, j) + (<usize>(i % WIDTH) << 2);
    for (let t: usize = 0; t < <usize>WIDTH; t++)
      store<f32>(across + (t << 5), -load<f32>(from + (t << 2)));
  }
}

/** Columns j … j + 8 of the five rows of a group, less the product of the columns before. */
@inline
function subtract(m: usize, size: i32, y: usize, factor: usize, group: i32, j: i32): void {
  const tile = m + ((<usize>(HEIGHT * group) * <usize>size + <usize>j) << 2);
  gemmTile(fives(y, size, group, 0), panel(factor, size, j / WIDTH, 0), j, tile, <usize>size << 2, true);
}

/**
 * The inverse of the Cholesky factor of the triangle at row and column j, computed in float64. Whether it is positive definite. `room`
 * holds 128 numbers in float64.
 */
function invertTriangle(m: usize, size: i32, factor: usize, j: i32, room: usize): bool {
  const l = room;
  const inverse = room + ((<usize>WIDTH * <usize>WIDTH) << 3);
  for (let r = 0; r < WIDTH; r++)
    for (let c = 0; c <= r; c++) {
      let value = <f64>load<f32>(m + ((<usize>(j + r) * <usize>size + <usize>(j + c)) << 2));
      for (let k = 0; k < c; k++)
        value -= load<f64>(l + (<usize>(WIDTH * r + k) << 3)) * load<f64>(l + (<usize>(WIDTH * c + k) << 3));
      if (r == c) {
        if (!(value > 0)) return false;
        value = sqrt(value);
      } else value /= load<f64>(l + (<usize>(WIDTH * c + c) << 3));
      store<f64>(l + (<usize>(WIDTH * r + c) << 3), value);
    }
  const p = j / WIDTH;
  const forward = triangle(factor, size, p, false);
  const back = triangle(factor, size, p, true);
  for (let c = 0; c < WIDTH; c++)
    for (let r = 0; r < WIDTH; r++) {
      let value: f64 = r == c ? 1 : 0;
      for (let k = c; k < r; k++)
        value -= load<f64>(l + (<usize>(WIDTH * r + k) << 3)) * load<f64>(inverse + (<usize>(WIDTH * k + c) << 3));
      value = r < c ? 0 : value / load<f64>(l + (<usize>(WIDTH * r + r) << 3));
      store<f64>(inverse + (<usize>(WIDTH * r + c) << 3), value);
      store<f32>(forward + (<usize>(WIDTH * c + r) << 2), <f32>value);
      store<f32>(back + (<usize>(WIDTH * r + c) << 2), <f32>value);
    }
  return true;
}

/** The block of rows on the diagonal from row j0 on: 1, or 0 where M is not positive definite. */
export function factorSingleBlock(m: usize, size: i32, y: usize, factor: usize, j0: i32, room: usize): i32 {
  const last = (j0 + BLOCK) / HEIGHT;
  for (let j = j0; j < j0 + BLOCK; j += WIDTH) {
    // Also some rows before: what is made of them lies above the diagonal, and nobody reads it.
    const first = j / HEIGHT;
    for (let group = first; group < last; group++) subtract(m, size, y, factor, group, j);
    if (!invertTriangle(m, size, factor, j, room)) return 0;
    for (let group = first; group < last; group++) solveColumns(m, size, y, factor, group, j);
  }
  return 1;
}

/** Columns of the block from j0 on, of the fives of rows below it: from `from` to `to`. */
export function factorSingleBelow(
  m: usize,
  size: i32,
  y: usize,
  factor: usize,
  j0: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const first = (j0 + BLOCK) / HEIGHT;
  for (let j = j0; j < j0 + BLOCK; j += WIDTH)
    for (let group = first + from; group < first + to; group++) {
      subtract(m, size, y, factor, group, j);
      solveColumns(m, size, y, factor, group, j);
    }
}

/** Items of `substituteSingle`: forty right-hand sides. */
export function singleItems(units: i32): i32 {
  return (units + BLOCK - 1) / BLOCK;
}

/** Columns `first` to `first + count` of b [n, given] as rows of `out`, which lie `stride` bytes apart; behind the last of b, √n·e₁. */
function turnColumns(b: usize, given: i32, n: i32, first: i32, count: i32, out: usize, stride: usize): void {
  const line = <usize>given << 2;
  for (let r = 0; r < count; ) {
    const source = b + (<usize>(first + r) << 2);
    const row = out + <usize>r * stride;
    const whole = r + 4 <= count && first + r + 4 <= given ? n & ~3 : 0;
    for (let k = 0; k < whole; k += 4)
      turnFour(source + <usize>k * line, line, row + (<usize>k << 2), stride);
    const rows = whole > 0 ? 4 : 1;
    if (first + r < given)
      for (let i = 0; i < rows; i++)
        for (let k = whole; k < n; k++) {
          const value = load<f32>(source + <usize>k * line + (<usize>i << 2));
          store<f32>(row + <usize>i * stride + (<usize>k << 2), value);
        }
    else {
      memory.fill(row, 0, <usize>n << 2);
      store<f32>(row, <f32>sqrt(<f64>n));
    }
    r += rows;
  }
}

/**
 * B·(L·Lᵀ)⁻¹ for rows b [units, n], by items from `from` to `to`. Where `turned`, the first `given` rows are the columns of b [n, given],
 * and those behind them √n·e₁. `room` holds `singleRoom` numbers for each thread.
 */
export function substituteSingle(
  factor: usize,
  size: i32,
  b: usize,
  units: i32,
  n: i32,
  turned: i32,
  given: i32,
  out: usize,
  room: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const w = room + ((<usize>memberOf(scratch) * <usize>singleRoom(size)) << 2);
  const y = w + ((<usize>BLOCK * <usize>size) << 2);
  const stride = <usize>size << 2;
  const bytes = <usize>n << 2;
  // What pads the order to blocks takes no part.
  const order = ((n + WIDTH - 1) / WIDTH) * WIDTH;
  const back = backward(factor, size);
  for (let item = from; item < to; item++) {
    const first = item * BLOCK;
    const rows = min(BLOCK, units - first);
    const groups = (rows + HEIGHT - 1) / HEIGHT;
    if (turned) turnColumns(b, given, n, first, rows, w, stride);
    for (let r = 0; r < HEIGHT * groups; r++) {
      const row = w + <usize>r * stride;
      if (r < rows) {
        if (!turned) memory.copy(row, b + <usize>(first + r) * bytes, bytes);
        memory.fill(row + bytes, 0, (<usize>order << 2) - bytes);
      } else memory.fill(row, 0, <usize>order << 2);
    }
    // A panel of unknowns for all rows before the next: it stays in the first cache.
    for (let j = 0; j < order; j += WIDTH) {
      const p = j / WIDTH;
      const by = triangle(factor, size, p, false);
      for (let group = 0; group < groups; group++) {
        const tile = w + <usize>(HEIGHT * group) * stride + (<usize>j << 2);
        gemmTile(fives(y, size, group, 0), panel(factor, size, p, 0), j, tile, stride, true);
        timesTriangle(tile, stride, by, fives(y, size, group, j));
      }
    }
    for (let j = order - WIDTH; j >= 0; j -= WIDTH) {
      const p = j / WIDTH;
      const by = triangle(factor, size, p, true);
      const after = j + WIDTH;
      for (let group = 0; group < groups; group++) {
        const tile = w + <usize>(HEIGHT * group) * stride + (<usize>j << 2);
        gemmTile(fives(y, size, group, after), panel(back, size, p, after), order - after, tile, stride, true);
        timesTriangle(tile, stride, by, fives(y, size, group, j));
      }
    }
    for (let r = 0; r < rows; r++) memory.copy(out + <usize>(first + r) * bytes, w + <usize>r * stride, bytes);
  }
}
