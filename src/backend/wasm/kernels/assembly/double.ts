/**
 * Ridge systems in float64: products of matrices, the factor (`inverse.ts`) and substitution.
 * Matrices are row-major. Their rows are padded to fours and their columns to twos, with zeros.
 * Each number is one sum in one order, whatever the number of threads.
 */
import { at, dots4x2 } from './dots';
import { solveLower, solveUpper } from './triangular';
import { HEAD } from './scratch';

@inline
function pairs(n: i32): i32 {
  return (n + 1) & ~1;
}

/**
 * Rows `from` … `to` of [rows, pairs(columns)] in float64, out of float32 numbers x[i·rowStep + j·columnStep]; rows from `rows` on
 * are zeros.
 */
export function widenBlock(
  x: usize,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const stride = pairs(columns);
  for (let i = from; i < to; i++) {
    let place = x + ((<usize>i * <usize>rowStep) << 2);
    const step = <usize>columnStep << 2;
    for (let j = 0; j < stride; j++) {
      const there = i < rows && j < columns;
      store<f64>(at(out, stride, i, j), there ? <f64>load<f32>(place) : 0);
      if (there) place += step;
    }
  }
}

/**
 * C[i, j] = (added: + what is there) Σ_k A[i, k]·B[j, k] for k < n (even), fours of rows i from `from` to `to`, j < columns (even), or
 * in `lower` up to the diagonal. Strides in numbers.
 */
export function productDouble(
  a: usize,
  strideA: i32,
  b: usize,
  strideB: i32,
  n: i32,
  c: usize,
  strideC: i32,
  columns: i32,
  added: i32,
  lower: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const sums = scratch + HEAD;
  for (let i = 4 * from; i < 4 * to; i += 4) {
    const end = lower ? min(columns, i + 4) : columns;
    for (let j = 0; j < end; j += 2) {
      dots4x2(at(a, strideA, i, 0), <usize>strideA << 3, at(b, strideB, j, 0), <usize>strideB << 3, n, sums);
      for (let r = 0; r < 4; r++) {
        const here = at(c, strideC, i + r, j);
        const d = sums + (<usize>r << 4);
        store<f64>(here, (added ? load<f64>(here) : 0) + load<f64>(d));
        store<f64>(here, (added ? load<f64>(here, 8) : 0) + load<f64>(d, 8), 8);
      }
    }
  }
}

/** The lower half of M [size, size] copied above the diagonal, which is copied to `diagonal`. The largest absolute row sum, or NaN. */
export function mirrorLower(m: usize, size: i32, diagonal: usize): f64 {
  diagonalOf(m, size, size, diagonal);
  transposeLower(m, size);
  let largest: f64 = 0;
  for (let i = 0; i < size; i++) {
    let total: f64 = 0;
    for (let j = 0; j < size; j++) total += abs(load<f64>(at(m, size, i, j)));
    if (!(total <= largest)) largest = total;
  }
  return largest;
}

/**
 * K + c + βI of order n into M [size, size], c being added to every number; rows that were added are those of the identity. The largest
 * absolute row sum of K + c, or NaN.
 */
export function shiftedCopy(k: usize, m: usize, size: i32, n: i32, c: f64, beta: f64): f64 {
  let largest: f64 = 0;
  for (let i = 0; i < n; i++) {
    let total: f64 = 0;
    for (let j = 0; j < n; j++) {
      const value = load<f64>(at(k, size, i, j)) + c;
      total += abs(value);
      store<f64>(at(m, size, i, j), value);
    }
    for (let j = n; j < size; j++) store<f64>(at(m, size, i, j), 0);
    store<f64>(at(m, size, i, i), load<f64>(at(m, size, i, i)) + beta);
    if (!(total <= largest)) largest = total;
  }
  for (let i = n; i < size; i++)
    for (let j = 0; j < size; j++) store<f64>(at(m, size, i, j), i == j ? 1 : 0);
  return largest;
}

/** M + βI of order n in the lower half of M, from what lies above it and `diagonal`; rows that were added are those of the identity. */
export function shiftLower(m: usize, size: i32, n: i32, diagonal: usize, beta: f64): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) store<f64>(at(m, size, i, j), load<f64>(at(m, size, j, i)));
    store<f64>(at(m, size, i, i), i < n ? load<f64>(diagonal + (<usize>i << 3)) + beta : 1);
  }
}

/** Sides of the blocks in which matrices are transposed: both stay in the first cache. */
const SIDE: i32 = 16;

/** The lower half of M copied above the diagonal: Lᵀ for L. */
export function transposeLower(m: usize, size: i32): void {
  for (let i0 = 0; i0 < size; i0 += SIDE)
    for (let j0 = 0; j0 <= i0; j0 += SIDE) {
      const i1 = min(i0 + SIDE, size);
      for (let i = i0; i < i1; i++) {
        const j1 = min(j0 + SIDE, i);
        for (let j = j0; j < j1; j++) store<f64>(at(m, size, j, i), load<f64>(at(m, size, i, j)));
      }
    }
}

/** Rows of B of an item of `substitute`, and unknowns that are solved for in all of them before the next: both stay in the cache. */
const GROUP: i32 = 32;
const UNKNOWNS: i32 = 32;

export function substituteItems(rows: i32): i32 {
  return (rows + GROUP - 1) / GROUP;
}

/**
 * L·Lᵀ·x = b for rows b of B [rows, size], a multiple of four, in place: groups of them from `from` to `to`. M holds L, and above the
 * diagonal Lᵀ.
 */
export function substitute(
  m: usize,
  size: i32,
  b: usize,
  rows: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const sums = scratch + HEAD;
  for (let group = from; group < to; group++) {
    const first = group * GROUP;
    const last = min(first + GROUP, rows);
    for (let i = 0; i < size; i += UNKNOWNS)
      for (let row = first; row < last; row += 4)
        solveLower(m, size, at(b, size, row, 0), i, min(i + UNKNOWNS, size), sums);
    for (let i = size; i > 0; i -= UNKNOWNS)
      for (let row = first; row < last; row += 4)
        solveUpper(m, size, at(b, size, row, 0), max(i - UNKNOWNS, 0), i, sums);
  }
}

/**
 * V [units, columns] in float64, rounded to float32, into `out`, and what it was rounded to back into V. The last coordinate of each unit is
 * solved for after the others were rounded: `image` is Aᵀa of the last column a of A, `slopes` [units, 2] begins with ⟨a, H⟩.
 */
export function narrowSettled(
  v: usize,
  stride: i32,
  units: i32,
  columns: i32,
  image: usize,
  slopes: usize,
  strideSlopes: i32,
  beta: f64,
  out: usize,
): void {
  const last = columns - 1;
  const curvature = load<f64>(image + (<usize>last << 3)) + beta;
  for (let u = 0; u < units; u++) {
    let along: f64 = 0;
    for (let j = 0; j < columns; j++) {
      const here = at(v, stride, u, j);
      const value = <f32>load<f64>(here);
      store<f32>(out + ((<usize>u * <usize>columns + <usize>j) << 2), value);
      store<f64>(here, <f64>value);
      along += load<f64>(image + (<usize>j << 3)) * <f64>value;
    }
    if (!(curvature > 0)) continue;
    const here = at(v, stride, u, last);
    const before = load<f64>(here);
    const slope = load<f64>(at(slopes, strideSlopes, u, 0)) - along - beta * before;
    const value = <f32>(before + slope / curvature);
    store<f32>(out + ((<usize>u * <usize>columns + <usize>last) << 2), value);
    store<f64>(here, <f64>value);
  }
}

/** Columns of items of `combine`. */
const BAND: i32 = 64;

/** Bands `from` … `to` of out [combinations, stride] = `by` [combinations, units] · X [units, stride], `by` in float32. */
export function combine(
  by: usize,
  combinations: i32,
  units: i32,
  x: usize,
  stride: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let band = from; band < to; band++) {
    const begin = band * BAND;
    const end = min(stride, begin + BAND);
    for (let c = 0; c < combinations; c++)
      for (let j = begin; j < end; j++) store<f64>(at(out, stride, c, j), 0);
    for (let u = 0; u < units; u++)
      for (let c = 0; c < combinations; c++) {
        const factor = f64x2.splat(<f64>load<f32>(by + ((<usize>c * <usize>units + <usize>u) << 2)));
        for (let j = begin; j < end; j += 2) {
          const here = at(out, stride, c, j);
          v128.store(here, f64x2.add(v128.load(here), f64x2.mul(factor, v128.load(at(x, stride, u, j)))));
        }
      }
  }
}

/** Rows from … to of n numbers in float32, side by side, as rows of float64 of that stride. */
export function widenRows(
  x: usize,
  n: i32,
  stride: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++)
    for (let j = 0; j < n; j++)
      store<f64>(at(out, stride, i, j), <f64>load<f32>(x + ((<usize>i * <usize>n + <usize>j) << 2)));
}

/** And back. */
export function narrowRows(
  x: usize,
  stride: i32,
  n: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++)
    for (let j = 0; j < n; j++)
      store<f32>(out + ((<usize>i * <usize>n + <usize>j) << 2), <f32>load<f64>(at(x, stride, i, j)));
}

/** `count` zeros. */
export function zeroDoubles(x: usize, count: i32): void {
  memory.fill(x, 0, <usize>count << 3);
}

/** Rows of n numbers from one stride to another. */
export function copyDoubles(x: usize, strideX: i32, y: usize, strideY: i32, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) memory.copy(at(y, strideY, i, 0), at(x, strideX, i, 0), <usize>n << 3);
}

/** x += c·y for `count` numbers. */
export function addDoubles(x: usize, c: f64, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++)
    store<f64>(x + (i << 3), load<f64>(x + (i << 3)) + c * load<f64>(y + (i << 3)));
}

/** Σ x·y over `count` numbers. */
export function dotDoubles(x: usize, y: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) sum += load<f64>(x + (i << 3)) * load<f64>(y + (i << 3));
  return sum;
}

/** The sum of `count` numbers. */
export function sumDoubles(x: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) sum += load<f64>(x + (i << 3));
  return sum;
}

/** The diagonal of M [n, ·]. */
export function diagonalOf(m: usize, stride: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) store<f64>(out + (<usize>i << 3), load<f64>(at(m, stride, i, i)));
}
