/**
 * Sums over the middle axis of arrays [outer, n, inner] in float64: float32 would lose numbers that
 * are small compared with the sum so far. An item of work is a fixed range of the axis, whatever
 * the number of threads; the sums of the ranges are joined in order.
 */

/** Numbers of a range where they lie side by side (inner = 1), and rows of one otherwise. */
const RUN: i32 = 1 << 16;
const ROWS: i32 = 256;
/** Of rows that are one range each, so many are an item. */
const TOGETHER: i32 = 256;

/** Ranges that the axis is cut into. */
export function sumRanges(n: i32, inner: i32): i32 {
  const range = inner == 1 ? RUN : ROWS;
  return max(1, (n + range - 1) / range);
}

/** Items of work. */
export function sumItems(outer: i32, n: i32, inner: i32): i32 {
  const ranges = sumRanges(n, inner);
  return inner == 1 && ranges == 1 ? (outer + TOGETHER - 1) / TOGETHER : outer * ranges;
}

/**
 * For the ranges of some items: where there is one range, the sums divided by `divisor`, as float32 [outer, inner]; else the sums of
 * each range, as float64 [outer, ranges, inner].
 */
export function sumMiddle(
  x: usize,
  out: usize,
  outer: i32,
  n: i32,
  inner: i32,
  divisor: f64,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const ranges = sumRanges(n, inner);
  if (inner == 1 && ranges == 1) {
    const last = min(to * TOGETHER, outer);
    for (let i = from * TOGETHER; i < last; i++)
      store<f32>(out + (<usize>i << 2), <f32>(sumRun(x + <usize>i * (<usize>n << 2), n) / divisor));
    return;
  }
  const single = ranges == 1;
  for (let item = from; item < to; item++) {
    const first = (item % ranges) * (inner == 1 ? RUN : ROWS);
    const count = min(inner == 1 ? RUN : ROWS, n - first);
    const start = x + ((<usize>(item / ranges) * <usize>n + <usize>first) * <usize>inner << 2);
    if (inner == 1) store<f64>(out + (<usize>item << 3), sumRun(start, count));
    else {
      const sums = out + (<usize>item * <usize>inner << (single ? 2 : 3));
      sumRowsOf(start, <usize>inner << 2, sums, count, inner, single, divisor);
    }
  }
}

/** The sums of all ranges [outer, ranges, inner] joined, for outer indices from..to: float32 [outer, inner]. */
export function joinSums(
  partial: usize,
  out: usize,
  ranges: i32,
  inner: i32,
  divisor: f64,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const row = <usize>inner << 3;
  for (let i = from; i < to; i++) {
    const block = partial + <usize>i * <usize>ranges * row;
    for (let j = 0; j < inner; j++) {
      let at = block + (<usize>j << 3);
      let total: f64 = 0;
      for (let k = 0; k < ranges; k++) {
        total += load<f64>(at);
        at += row;
      }
      store<f32>(out + ((<usize>i * <usize>inner + <usize>j) << 2), <f32>(total / divisor));
    }
  }
}

/** Sums of whole numbers, modulo 2³², for outer indices from..to. */
export function sumWhole(x: usize, out: usize, n: i32, inner: i32, scratch: usize, from: i32, to: i32): void {
  const row = <usize>inner << 2;
  for (let i = from; i < to; i++) {
    const sums = out + <usize>i * row;
    memory.fill(sums, 0, row);
    let at = x + <usize>i * <usize>n * row;
    for (let k = 0; k < n; k++) {
      for (let j: usize = 0; j < row; j += 4) store<i32>(sums + j, load<i32>(sums + j) + load<i32>(at + j));
      at += row;
    }
  }
}

/** The upper two of four numbers, in float64. */
@inline
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(v, v, 2, 3, 2, 3));
}

function sumRun(x: usize, n: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const a = v128.load(x + (<usize>i << 2));
    const b = v128.load(x + (<usize>i << 2), 16);
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
    s1 = f64x2.add(s1, upper(a));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(b));
    s3 = f64x2.add(s3, upper(b));
  }
  const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < n; i++) total += <f64>load<f32>(x + (<usize>i << 2));
  return total;
}

/**
 * Σ over rows of rows [count, inner], which lie `row` bytes apart: sixteen columns at a time, a line of the cache, stay in registers for all rows. Fewer would
 * read each line again, as rows of a length that the cache divides drive each other out of it.
 */
export function sumRowsOf(
  x: usize,
  row: usize,
  out: usize,
  count: i32,
  inner: i32,
  single: bool,
  divisor: f64,
): void {
  let j = 0;
  for (; j + 16 <= inner; j += 16) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let s4 = f64x2.splat(0);
    let s5 = f64x2.splat(0);
    let s6 = f64x2.splat(0);
    let s7 = f64x2.splat(0);
    let at = x + (<usize>j << 2);
    for (let i = 0; i < count; i++) {
      const a = v128.load(at);
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
      s1 = f64x2.add(s1, upper(a));
      const b = v128.load(at, 16);
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(b));
      s3 = f64x2.add(s3, upper(b));
      const c = v128.load(at, 32);
      s4 = f64x2.add(s4, f64x2.promote_low_f32x4(c));
      s5 = f64x2.add(s5, upper(c));
      const d = v128.load(at, 48);
      s6 = f64x2.add(s6, f64x2.promote_low_f32x4(d));
      s7 = f64x2.add(s7, upper(d));
      at += row;
    }
    putFour(out, j, s0, s1, single, divisor);
    putFour(out, j + 4, s2, s3, single, divisor);
    putFour(out, j + 8, s4, s5, single, divisor);
    putFour(out, j + 12, s6, s7, single, divisor);
  }
  for (; j + 4 <= inner; j += 4) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let at = x + (<usize>j << 2);
    for (let i = 0; i < count; i++) {
      const a = v128.load(at);
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
      s1 = f64x2.add(s1, upper(a));
      at += row;
    }
    putFour(out, j, s0, s1, single, divisor);
  }
  for (; j < inner; j++) {
    let at = x + (<usize>j << 2);
    let total: f64 = 0;
    for (let i = 0; i < count; i++) {
      total += <f64>load<f32>(at);
      at += row;
    }
    if (single) store<f32>(out + (<usize>j << 2), <f32>(total / divisor));
    else store<f64>(out + (<usize>j << 3), total);
  }
}

/** Four sums from column j on: divided, in float32, or in float64. */
@inline
function putFour(out: usize, j: i32, low: v128, high: v128, single: bool, divisor: f64): void {
  if (single) {
    const d = f64x2.splat(divisor);
    v128.store(out + (<usize>j << 2), narrowed(f64x2.div(low, d), f64x2.div(high, d)));
  } else {
    const target = out + (<usize>j << 3);
    v128.store(target, low);
    v128.store(target, high, 16);
  }
}

/** Four numbers in float32, of twice two. */
@inline
function narrowed(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
