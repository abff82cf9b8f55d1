/**
 * Products of matrices in float32, C = op(A)·op(B), after Goto and van de Geijn (2008). Blocks of
 * both operands are copied into panels that the innermost loop reads from end to end, whatever the
 * orientation of the operands is. That loop holds a tile of 5×8 sums, which together with the
 * loaded values fills sixteen registers.
 */
import { madd } from './madd';
import { packColumns, packRows } from './pack';
import { HEAD } from './scratch';
import { transposeBlock, turnFour } from './transpose';

/** Height and width of a tile. */
const HEIGHT: i32 = 5;
const WIDTH: i32 = 8;
/** Inner length of a block; rows of a block of A: 160 KB, for the second cache. */
const DEPTH: i32 = 320;
const ROWS: i32 = 125;
/** The most columns of C whose panels of B are kept at once. */
const PART: i32 = 1024;

/** Parts of at most that length. */
@inline
export function partsOf(length: i32, most: i32): i32 {
  return (length + most - 1) / most;
}

/** Bytes of scratch that `gemm` needs. */
export function gemmScratch(): i32 {
  return ((ROWS + HEIGHT) * DEPTH + (PART + WIDTH) * DEPTH + HEIGHT * WIDTH << 2) + <i32>HEAD;
}

/**
 * Items from `from` to `to` of a list of products: `table` holds for each the addresses of A, B and C. op(A) is [m, k], stored
 * [k, m] where `ta` is 1; op(B) is [k, n], stored [n, k] where `tb` is 1. C is [m, n]; an item is a part of it of so many rows
 * and columns, `PART` at most. Where `bias` is not 0, the n numbers there are added to each row of C.
 */
export function gemm(
  table: usize,
  m: i32,
  n: i32,
  k: i32,
  ta: i32,
  tb: i32,
  rows: i32,
  columns: i32,
  bias: usize,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const across = partsOf(n, columns);
  const items = partsOf(m, rows) * across;
  let together = 1;
  for (let item = from; item < to; item += together) {
    const entry = table + <usize>(item / items) * 12;
    const part = item % items;
    // Parts of all columns that lie below each other are one: B is copied once for all of them.
    if (across == 1) together = min(to - item, items - part);
    const i = (part / across) * rows;
    const j = (part % across) * columns;
    const c = <usize>load<u32>(entry, 8);
    product(
      <usize>load<u32>(entry),
      ta ? m : k,
      <usize>load<u32>(entry, 4),
      tb ? k : n,
      c,
      n,
      k,
      ta,
      tb,
      i,
      min(i + together * rows, m),
      j,
      min(j + columns, n),
      bias,
      false,
      false,
      false,
      scratch,
    );
  }
}

/**
 * C = X·Xᵀ for X [n, k], or, where X is stored as its transpose (`ta` is 1), C = XᵀX: only blocks on and below the diagonal, each
 * of the others then the mirror image of one. An item is a pair of parts of so many lines.
 */
export function gram(
  x: usize,
  c: usize,
  n: i32,
  k: i32,
  ta: i32,
  part: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  let i = 0;
  while (((i + 1) * (i + 2)) / 2 <= from) i++;
  let j = from - (i * (i + 1)) / 2;
  for (let item = from; item < to; item++) {
    const i0 = i * part;
    const j0 = j * part;
    const i1 = min(i0 + part, n);
    const j1 = min(j0 + part, n);
    const step = ta ? n : k;
    product(x, step, x, step, c, n, k, ta, ta ^ 1, i0, i1, j0, j1, 0, i == j, i != j, false, scratch);
    // Here tiles have numbers on both sides of the diagonal, which are sums until the last block of the inner length is added.
    if (i == j) mirror(c, n, i0, i1);
    if (++j > i) {
      i++;
      j = 0;
    }
  }
}

/**
 * XᵀX of blocks of so many rows of X [rows, n], for blocks from..to, each into its place of [blocks, n, n]; n is `PART` at most. A few
 * columns are too few to be cut for threads: parts of them would be copied more often than they are multiplied.
 */
export function gramOfBlocks(
  x: usize,
  out: usize,
  rows: i32,
  n: i32,
  block: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let item = from; item < to; item++) {
    const first = item * block;
    const start = x + (<usize>(first * n) << 2);
    gram(start, out + (<usize>(item * n * n) << 2), n, min(block, rows - first), 1, n, scratch, 0, 1);
  }
}

/** Copies the numbers below the diagonal of C [n, n] to their places above it, between lines i0 and i1. */
function mirror(c: usize, n: i32, i0: i32, i1: i32): void {
  for (let i = i0; i < i1; i += 4) {
    const end = min(i + 4, i1);
    transposeBlock(c, n, i, end, i0, i, c, n);
    for (let k = i; k < end; k++)
      for (let j = i; j < k; j++)
        store<f32>(c + (<usize>(j * n + k) << 2), load<f32>(c + (<usize>(k * n + j) << 2)));
  }
}

/**
 * C = op(A)·op(B) by this thread, or, where `onto`, C += that. Rows of A, B and C as they are stored lie `stepA`, `stepB` and `stepC`
 * numbers apart: each may be a part of a wider matrix.
 */
export function productAll(
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  c: usize,
  stepC: i32,
  m: i32,
  n: i32,
  k: i32,
  ta: i32,
  tb: i32,
  onto: bool,
  scratch: usize,
): void {
  for (let j = 0; j < n; j += PART)
    product(a, stepA, b, stepB, c, stepC, k, ta, tb, 0, m, j, min(j + PART, n), 0, false, false, onto, scratch);
}

/**
 * Rows from i0 to i1 and columns from j0 to j1, `PART` at most, of C, with the numbers at `bias` added if it is not 0; where `lower`, tiles above the diagonal are left out. Where
 * `mirrored`, the transpose of each tile is written to its place in C too, as C is symmetric: the processor computes meanwhile. Where
 * `onto`, all that is added to C.
 */
function product(
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  c: usize,
  stepC: i32,
  k: i32,
  ta: i32,
  tb: i32,
  i0: i32,
  i1: i32,
  j0: i32,
  j1: i32,
  bias: usize,
  lower: bool,
  mirrored: bool,
  onto: bool,
  scratch: usize,
): void {
  const packedA = scratch + HEAD;
  const packedB = packedA + (<usize>((ROWS + HEIGHT) * DEPTH) << 2);
  const edge = packedB + (<usize>((PART + WIDTH) * DEPTH) << 2);
  const stride = <usize>stepC << 2;
  if (k == 0 && !onto) {
    for (let i = i0; i < i1; i++) memory.fill(c + (<usize>(i * stepC + j0) << 2), 0, <usize>(j1 - j0) << 2);
    if (bias) addToRows(c + (<usize>(i0 * stepC + j0) << 2), stride, i1 - i0, j1 - j0, bias + (<usize>j0 << 2));
  }
  for (let l = 0; l < k; l += DEPTH) {
    const depth = min(DEPTH, k - l);
    const added = onto || l > 0;
    if (tb) packRows(b, stepB, j0, j1, l, depth, WIDTH, packedB);
    else packColumns(b, stepB, j0, j1, l, depth, WIDTH, packedB);
    for (let i = i0; i < i1; i += ROWS) {
      const last = min(i + ROWS, i1);
      if (ta) packColumns(a, stepA, i, last, l, depth, HEIGHT, packedA);
      else packRows(a, stepA, i, last, l, depth, HEIGHT, packedA);
      for (let j = j0; j < j1; j += WIDTH) {
        const panelB = packedB + (<usize>((j - j0) * depth) << 2);
        // Down from the first tile that has a number on the diagonal, or below it.
        let r = i;
        if (lower && j >= r + HEIGHT) r += ((j - r) / HEIGHT) * HEIGHT;
        for (; r < last; r += HEIGHT) {
          const panelA = packedA + (<usize>((r - i) * depth) << 2);
          const to = c + (<usize>(r * stepC + j) << 2);
          const whole = l + depth == k;
          const rows = min(last - r, HEIGHT);
          const columns = min(j1 - j, WIDTH);
          const isTile = rows == HEIGHT && columns == WIDTH;
          if (isTile) gemmTile(panelA, panelB, depth, to, stride, added);
          else {
            gemmTile(panelA, panelB, depth, edge, <usize>WIDTH << 2, false);
            putPart(edge, to, stride, rows, columns, added);
          }
          if (whole && bias) addToRows(to, stride, rows, columns, bias + (<usize>j << 2));
          if (whole && mirrored) {
            const image = c + (<usize>(j * stepC + r) << 2);
            if (isTile) mirrorTile(to, image, stride);
            else mirrorPart(to, image, stride, rows, columns);
          }
        }
      }
    }
  }
}

/** C = the rows and columns that it has of a tile in scratch, or where `added`, C += those. */
function putPart(tile: usize, to: usize, stride: usize, rows: i32, columns: i32, added: bool): void {
  for (let r = 0; r < rows; r++) {
    let s: usize = 0;
    for (; s + 16 <= <usize>columns << 2; s += 16) {
      const four = v128.load(tile + s);
      v128.store(to + s, added ? f32x4.add(v128.load(to + s), four) : four);
    }
    for (; s < <usize>columns << 2; s += 4) {
      const value = load<f32>(tile + s);
      store<f32>(to + s, added ? load<f32>(to + s) + value : value);
    }
    tile += <usize>WIDTH << 2;
    to += stride;
  }
}

/** Adds a vector b of so many numbers to each of some rows, which lie `stride` apart. */
export function addToRows(x: usize, stride: usize, rows: i32, columns: i32, b: usize): void {
  for (let r = 0; r < rows; r++) {
    let s = 0;
    for (; s + 4 <= columns; s += 4) {
      const at = <usize>s << 2;
      v128.store(x + at, f32x4.add(v128.load(x + at), v128.load(b + at)));
    }
    for (; s < columns; s++) {
      const at = <usize>s << 2;
      store<f32>(x + at, load<f32>(x + at) + load<f32>(b + at));
    }
    x += stride;
  }
}

/** Y[8, 5] = the transpose of X[5, 8]; rows of both lie `stride` apart. */
function mirrorTile(x: usize, y: usize, stride: usize): void {
  turnFour(x, stride, y, stride);
  turnFour(x + 16, stride, y + 4 * stride, stride);
  for (let s: usize = 0; s < <usize>WIDTH; s++)
    store<f32>(y + s * stride, load<f32>(x + 4 * stride + (s << 2)), 16);
}

/** The same for a part of a tile. */
function mirrorPart(x: usize, y: usize, stride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++)
    for (let s = 0; s < columns; s++)
      store<f32>(y + <usize>s * stride + (<usize>r << 2), load<f32>(x + <usize>r * stride + (<usize>s << 2)));
}

/**
 * C[5, 8] = Σ_k a[k][5]·b[k][8], or, where `added`, C += that. The sums start from what C holds: added to it at the end, they would
 * not all stay in registers, and the loop take twice as long.
 */
export function gemmTile(a: usize, b: usize, depth: i32, c: usize, stride: usize, added: bool): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  const zero = f32x4.splat(0);
  let c00 = added ? v128.load(c) : zero;
  let c01 = added ? v128.load(c, 16) : zero;
  let c10 = added ? v128.load(row1) : zero;
  let c11 = added ? v128.load(row1, 16) : zero;
  let c20 = added ? v128.load(row2) : zero;
  let c21 = added ? v128.load(row2, 16) : zero;
  let c30 = added ? v128.load(row3) : zero;
  let c31 = added ? v128.load(row3, 16) : zero;
  let c40 = added ? v128.load(row4) : zero;
  let c41 = added ? v128.load(row4, 16) : zero;
  for (let left = depth; left != 0; left--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    const a4 = v128.load32_splat(a, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    a += 20;
    b += 32;
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
