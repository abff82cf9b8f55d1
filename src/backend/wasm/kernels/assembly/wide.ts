/**
 * Products of float32 matrices with float64 sums: 32 terms at a time are summed in float32, as
 * `gemm.ts` does, and these sums in float64. This is nearly as fast as float32, and long sums lose
 * nothing more. Results are float64 matrices with even strides. The inner length is divided into
 * parts by its length alone, whose sums are joined in order: each number is the same, whatever the
 * number of threads.
 */
import { gemmTile, partsOf } from './gemm';
import { packColumns, packRows } from './pack';
import { HEAD } from './scratch';

/** Height and width of a tile, as of `gemmTile`. */
export const HEIGHT: i32 = 5;
export const WIDTH: i32 = 8;
/** Terms that are added up in float32. */
export const DEPTH: i32 = 32;
/** Rows of an item; columns whose panels are held at once. */
export const ROWS: i32 = 125;
export const COLUMNS: i32 = 512;

/** Bytes of scratch that `productWide` needs. */
export function wideScratch(): i32 {
  return ((ROWS + HEIGHT + COLUMNS + WIDTH) * DEPTH + HEIGHT * WIDTH << 2) + <i32>HEAD;
}

/** Where in scratch the panels of both operands and a tile are. */
@inline
export function panelsOfA(scratch: usize): usize {
  return scratch + HEAD;
}

@inline
export function panelsOfB(scratch: usize): usize {
  return panelsOfA(scratch) + (<usize>((ROWS + HEIGHT) * DEPTH) << 2);
}

@inline
export function tileOf(scratch: usize): usize {
  return panelsOfB(scratch) + (<usize>((COLUMNS + WIDTH) * DEPTH) << 2);
}

/** Rows of an item of [m, ·]: equal parts. */
@inline
function itemRows(m: i32): i32 {
  const each = (m + partsOf(m, ROWS) - 1) / partsOf(m, ROWS);
  return partsOf(each, HEIGHT) * HEIGHT;
}

/** Parts of the inner length k, of 128 terms at least: enough for eight items. */
export function wideParts(m: i32, k: i32): i32 {
  return max(1, min(partsOf(8, partsOf(m, itemRows(m))), k / 128));
}

/** Items of `productWide`: parts of the inner length, and rows. */
export function wideItems(m: i32, k: i32): i32 {
  return wideParts(m, k) * partsOf(m, itemRows(m));
}

/**
 * Items from `from` to `to` of C = A·[B, 1]: A is [m, k], or [B, 1]ᵀ where `gram` is 1; B is [k, n], and followed by a column of
 * ones where `ones` is 1. Of the product with itself only what lies below the diagonal, and some above it, is made. Part p of the inner length goes to C + p·size, strides and sizes in numbers.
 */
export function productWide(
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  ones: i32,
  gram: i32,
  c: usize,
  stride: i32,
  size: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const rows = itemRows(m);
  const down = partsOf(m, rows);
  const parts = wideParts(m, k);
  const long = partsOf(partsOf(k, parts), DEPTH) * DEPTH;
  for (let item = from; item < to; item++) {
    const part = item / down;
    const i0 = (item % down) * rows;
    const i1 = min(i0 + rows, m);
    const out = c + (<usize>part * <usize>size << 3);
    const end = min(k, (part + 1) * long);
    const all = n + ones;
    const last = gram ? min(all, i1) : all;
    for (let j0 = 0; j0 < last; j0 += COLUMNS) {
      const j1 = min(j0 + COLUMNS, last);
      for (let l = part * long; l < end; l += DEPTH)
        depthOf(a, b, n, k, ones, gram, i0, i1, j0, j1, l, min(DEPTH, end - l), out, stride, scratch);
    }
  }
}

/** What terms l … l + depth add to rows i0 … i1 and columns j0 … j1. */
function depthOf(
  a: usize,
  b: usize,
  n: i32,
  k: i32,
  ones: i32,
  gram: i32,
  i0: i32,
  i1: i32,
  j0: i32,
  j1: i32,
  l: i32,
  depth: i32,
  out: usize,
  stride: i32,
  scratch: usize,
): void {
  const packedA = panelsOfA(scratch);
  const packedB = panelsOfB(scratch);
  const tile = tileOf(scratch);
  packWithOnes(b, n, j0, j1, l, depth, WIDTH, packedB);
  if (gram) packWithOnes(b, n, i0, i1, l, depth, HEIGHT, packedA);
  else packRows(a, k, i0, i1, l, depth, HEIGHT, packedA);
  for (let j = j0; j < j1; j += WIDTH) {
    const panelB = packedB + (<usize>((j - j0) * depth) << 2);
    for (let i = i0; i < i1; i += HEIGHT) {
      if (gram && j > i + HEIGHT - 1) continue;
      gemmTile(packedA + (<usize>((i - i0) * depth) << 2), panelB, depth, tile, <usize>WIDTH << 2, false);
      const here = out + ((<usize>i * <usize>stride + <usize>j) << 3);
      if (i + HEIGHT <= i1 && j + WIDTH <= j1) addWide(tile, here, <usize>stride << 3);
      else addSome(tile, here, <usize>stride << 3, min(i1 - i, HEIGHT), min(j1 - j, WIDTH));
    }
  }
}

/** Columns from … to of [B, 1], the last of which, number n, is ones. */
function packWithOnes(
  b: usize,
  n: i32,
  from: i32,
  to: i32,
  l: i32,
  depth: i32,
  wide: i32,
  out: usize,
): void {
  packColumns(b, n, from, min(n, to), l, depth, wide, out);
  if (to <= n) return;
  const place = n - from;
  const target = out + (<usize>((place / wide) * wide * depth + (place % wide)) << 2);
  const step = <usize>wide << 2;
  for (let t = 0; t < depth; t++) {
    // A panel of its own is not filled up by the columns before it.
    if (place % wide == 0) memory.fill(target + <usize>t * step, 0, step);
    store<f32>(target + <usize>t * step, 1);
  }
}

/** C += a whole tile. */
@inline
export function addWide(tile: usize, to: usize, stride: usize): void {
  for (let r = 0; r < HEIGHT; r++) {
    for (let s: usize = 0; s < 4; s++) {
      const sums = f64x2.promote_low_f32x4(v128.load64_zero(tile + (s << 3)));
      const here = to + (s << 4);
      v128.store(here, f64x2.add(v128.load(here), sums));
    }
    tile += <usize>WIDTH << 2;
    to += stride;
  }
}

/** C += the rows and columns that it has of a tile. */
export function addSome(tile: usize, to: usize, stride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++)
    for (let s = 0; s < columns; s++) {
      const here = to + <usize>r * stride + (<usize>s << 3);
      store<f64>(here, load<f64>(here) + <f64>load<f32>(tile + (<usize>(r * WIDTH + s) << 2)));
    }
}

/** Numbers of an item of `joinParts` and of `squaresWide`. */
const BAND: i32 = 4096;

export function bandItems(count: i32): i32 {
  return partsOf(count, BAND);
}

/** Bands from … to of C += the parts behind it, of `size` numbers each, in order. */
export function joinParts(c: usize, size: i32, parts: i32, _scratch: usize, from: i32, to: i32): void {
  const end = min(size, to * BAND);
  for (let i = from * BAND; i < end; i += 2) {
    const here = c + (<usize>i << 3);
    let sum = v128.load(here);
    for (let p = 1; p < parts; p++) sum = f64x2.add(sum, v128.load(here + (<usize>p * <usize>size << 3)));
    v128.store(here, sum);
  }
}

/** Sums of squares of bands from … to of x in float32, each to its place in `out`. Four chains of sums: one would wait for itself. */
export function squaresWide(x: usize, count: i32, out: usize, _scratch: usize, from: i32, to: i32): void {
  for (let band = from; band < to; band++) {
    const end = min(count, (band + 1) * BAND);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let i = band * BAND;
    for (; i + 8 <= end; i += 8) {
      const at = x + (<usize>i << 2);
      const a = f64x2.promote_low_f32x4(v128.load64_zero(at));
      const b = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
      const c = f64x2.promote_low_f32x4(v128.load64_zero(at, 16));
      const d = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
      s0 = f64x2.add(s0, f64x2.mul(a, a));
      s1 = f64x2.add(s1, f64x2.mul(b, b));
      s2 = f64x2.add(s2, f64x2.mul(c, c));
      s3 = f64x2.add(s3, f64x2.mul(d, d));
    }
    const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
    let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
    for (; i < end; i++) {
      const value = <f64>load<f32>(x + (<usize>i << 2));
      sum += value * value;
    }
    store<f64>(out + (<usize>band << 3), sum);
  }
}

/**
 * Rows of [rows, size] in float64: √d_j for j < n, each times a number that looks random, uniform with a mean square of 1 (a linear
 * congruential generator, Numerical Recipes), and zeros behind. Signs alone would cancel in a difference of two, one time in two.
 */
export function randomRoots(d: usize, n: i32, size: i32, rows: i32, out: usize): void {
  let state: u32 = 0x2545f491;
  for (let r = 0; r < rows; r++)
    for (let j = 0; j < size; j++) {
      state = state * 1664525 + 1013904223;
      const by = (<f64>state / 2147483648.0 - 1) * sqrt(3.0);
      const root = j < n ? sqrt(max(load<f64>(d + (<usize>j << 3)), 0)) : 0;
      store<f64>(out + ((<usize>r * <usize>size + <usize>j) << 3), by * root);
    }
}

/** Σ d_j·x[i, j]² over `rows` rows of [rows, size] and j < n. */
export function weightedSquares(d: usize, n: i32, x: usize, size: i32, rows: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < n; j++) {
      const value = load<f64>(x + ((<usize>i * <usize>size + <usize>j) << 3));
      sum += load<f64>(d + (<usize>j << 3)) * value * value;
    }
  return sum;
}
