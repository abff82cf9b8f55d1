/**
 * Products of a matrix with a few vectors: X·B for a few rows X, in any orientation of B, and their
 * transposes. `gemm.ts` first copies a large block of B into panels, which so few rows would hardly
 * use again. Here B is read once: rows of B as they lie, or eight lines of B at a time by way of a
 * panel that the first cache holds.
 *
 * The terms of each number are added in blocks, whose sums are added up: few products are what
 * solutions are measured by, and one long sum would round as many times as it has terms.
 */
import { gemmTile } from './gemm';
import { madd } from './madd';
import { packColumns, packRows } from './pack';
import { HEAD } from './scratch';

/** The most lines of a part. */
const CHUNK: i32 = 512;
/** The most vectors in whole tiles of five; at most eight are given. */
const ROWS: i32 = 10;
/** Height and width of a tile. */
const HEIGHT: i32 = 5;
const WIDTH: i32 = 8;
/** Terms of a block. */
const BLOCK: i32 = 256;
/** Bytes of a row of sums, and of all rows. */
const ROW: usize = <usize>CHUNK << 2;
const ALL: usize = <usize>ROWS * ROW;

/** Bytes of scratch that `few` needs: sums, the sums of a block, panels of all vectors and of eight lines. */
export function fewScratch(): i32 {
  return <i32>(HEAD + 2 * ALL) + ((ROWS + WIDTH) * BLOCK << 2);
}

/**
 * C[r, j] = Σ_l x[r, l]·b[l, j] for `count` vectors x of length k, at most eight, and lines j of B
 * from `from` to `to` times `chunk`; a chunk is at most `CHUNK` lines. x is stored [count, k], or
 * where `across` is 1 [k, count]. B is stored line by line, [lines, k], or where `down` is 1
 * [k, lines]. C[r, j] is the number r·rowStep + j·lineStep after c.
 */
export function few(
  x: usize,
  count: i32,
  across: i32,
  b: usize,
  lines: i32,
  down: i32,
  k: i32,
  c: usize,
  rowStep: i32,
  lineStep: i32,
  chunk: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const sums = scratch + HEAD;
  const block = sums + ALL;
  for (let item = from; item < to; item++) {
    const j = item * chunk;
    const width = min(chunk, lines - j);
    memory.fill(sums, 0, ALL);
    for (let first = 0; first < k; first += BLOCK) {
      const depth = min(BLOCK, k - first);
      if (down) byRows(x, count, across, b, lines, k, j, width, first, depth, block);
      else if (count == 1) byVector(x, b, k, j, width, first, depth, block);
      else byLines(x, count, across, b, k, j, width, first, depth, block);
      for (let r = 0; r < count; r++) addRow(1, block + <usize>r * ROW, width, sums + <usize>r * ROW);
    }
    for (let r = 0; r < count; r++) {
      const row = sums + <usize>r * ROW;
      const target = c + (<usize>(r * rowStep + j * lineStep) << 2);
      if (lineStep == 1) memory.copy(target, row, <usize>width << 2);
      else
        for (let i = 0; i < width; i++)
          store<f32>(target + (<usize>(i * lineStep) << 2), load<f32>(row + (<usize>i << 2)));
    }
  }
}

/** The sums of a block for B [k, lines]: four rows of B at once. */
function byRows(
  x: usize,
  count: i32,
  across: i32,
  b: usize,
  lines: i32,
  k: i32,
  j: i32,
  width: i32,
  first: i32,
  depth: i32,
  block: usize,
): void {
  const stride = <usize>lines << 2;
  const step = <usize>(across ? count : 1) << 2;
  const next = <usize>(across ? 1 : k) << 2;
  memory.fill(block, 0, <usize>count * ROW);
  for (let done = 0; done < depth; ) {
    const four = depth - done >= 4;
    const row = b + (<usize>((first + done) * lines + j) << 2);
    const factors = x + <usize>(first + done) * step;
    for (let r = 0; r < count; r++) {
      const factor = factors + <usize>r * next;
      const own = block + <usize>r * ROW;
      if (four && r + 1 < count) {
        addFourTwice(factor, next, step, row, stride, width, own);
        r++;
      } else if (four) addFour(factor, step, row, stride, width, own);
      else addRow(load<f32>(factor), row, width, own);
    }
    done += four ? 4 : 1;
  }
}

/** Adds four rows, each times a number of x, to one row of sums. */
function addFour(x: usize, step: usize, row: usize, stride: usize, width: i32, sums: usize): void {
  const x0 = v128.load32_splat(x);
  const x1 = v128.load32_splat(x + step);
  const x2 = v128.load32_splat(x + 2 * step);
  const x3 = v128.load32_splat(x + 3 * step);
  const row1 = row + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    let sum = madd(x0, v128.load(row + at), v128.load(sums + at));
    sum = madd(x1, v128.load(row1 + at), sum);
    sum = madd(x2, v128.load(row2 + at), sum);
    v128.store(sums + at, madd(x3, v128.load(row3 + at), sum));
  }
  for (; j < width; j++) {
    const at = <usize>j << 2;
    let sum = madd(x0, v128.load32_zero(row + at), v128.load32_zero(sums + at));
    sum = madd(x1, v128.load32_zero(row1 + at), sum);
    sum = madd(x2, v128.load32_zero(row2 + at), sum);
    v128.store32_lane(sums + at, madd(x3, v128.load32_zero(row3 + at), sum), 0);
  }
}

/** `addFour` for two vectors at once, which lie `next` bytes apart: each row is read once for both. */
function addFourTwice(
  x: usize,
  next: usize,
  step: usize,
  row: usize,
  stride: usize,
  width: i32,
  sums: usize,
): void {
  const x0 = v128.load32_splat(x);
  const x1 = v128.load32_splat(x + step);
  const x2 = v128.load32_splat(x + 2 * step);
  const x3 = v128.load32_splat(x + 3 * step);
  const y = x + next;
  const y0 = v128.load32_splat(y);
  const y1 = v128.load32_splat(y + step);
  const y2 = v128.load32_splat(y + 2 * step);
  const y3 = v128.load32_splat(y + 3 * step);
  const row1 = row + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const sumsY = sums + ROW;
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    const b0 = v128.load(row + at);
    let s = madd(x0, b0, v128.load(sums + at));
    let t = madd(y0, b0, v128.load(sumsY + at));
    const b1 = v128.load(row1 + at);
    s = madd(x1, b1, s);
    t = madd(y1, b1, t);
    const b2 = v128.load(row2 + at);
    s = madd(x2, b2, s);
    t = madd(y2, b2, t);
    const b3 = v128.load(row3 + at);
    v128.store(sums + at, madd(x3, b3, s));
    v128.store(sumsY + at, madd(y3, b3, t));
  }
  if (j < width) {
    const at = <usize>j << 2;
    addFour(x, step, row + at, stride, width - j, sums + at);
    addFour(y, step, row + at, stride, width - j, sumsY + at);
  }
}

/** Adds a row, times a number, to a row of sums. */
export function addRow(factor: f32, row: usize, width: i32, sums: usize): void {
  const four = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    v128.store(sums + at, madd(four, v128.load(row + at), v128.load(sums + at)));
  }
  for (; j < width; j++) {
    const at = <usize>j << 2;
    v128.store32_lane(sums + at, madd(four, v128.load32_zero(row + at), v128.load32_zero(sums + at)), 0);
  }
}

/** The sums of a block for B [lines, k], by tiles of five vectors and eight lines. */
function byLines(
  x: usize,
  count: i32,
  across: i32,
  b: usize,
  k: i32,
  j: i32,
  width: i32,
  first: i32,
  depth: i32,
  block: usize,
): void {
  const panelX = block + ALL;
  const panelB = panelX + ((<usize>ROWS * <usize>BLOCK) << 2);
  if (across) packColumns(x, count, 0, count, first, depth, HEIGHT, panelX);
  else packRows(x, k, 0, count, first, depth, HEIGHT, panelX);
  for (let i = 0; i < width; i += WIDTH) {
    packRows(b, k, j + i, j + min(i + WIDTH, width), first, depth, WIDTH, panelB);
    // Rows and lines that are not there are zeros, for which sums have room.
    for (let r = 0; r < count; r += HEIGHT)
      gemmTile(
        panelX + ((<usize>r * <usize>depth) << 2),
        panelB,
        depth,
        block + <usize>r * ROW + (<usize>i << 2),
        ROW,
        false,
      );
  }
}

/**
 * The same for one vector, for which the copies into panels would take most of the time: eight
 * lines at once, so that no sum has to wait for its last addition.
 */
function byVector(
  x: usize,
  b: usize,
  k: i32,
  j: i32,
  width: i32,
  first: i32,
  depth: i32,
  block: usize,
): void {
  const length = <usize>k << 2;
  const factors = x + (<usize>first << 2);
  const lines = b + (<usize>(j * k + first) << 2);
  for (let i = 0; i < width; i += WIDTH) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    const line0 = lines + <usize>i * length;
    // What is missing of the last eight is the last line again.
    const last = width - 1 - i;
    const line1 = line0 + <usize>min(1, last) * length;
    const line2 = line0 + <usize>min(2, last) * length;
    const line3 = line0 + <usize>min(3, last) * length;
    const line4 = line0 + <usize>min(4, last) * length;
    const line5 = line0 + <usize>min(5, last) * length;
    const line6 = line0 + <usize>min(6, last) * length;
    const line7 = line0 + <usize>min(7, last) * length;
    let l = 0;
    for (; l + 4 <= depth; l += 4) {
      const at = <usize>l << 2;
      sum0 = plusFour(factors + at, line0 + at, line1 + at, line2 + at, line3 + at, sum0);
      sum1 = plusFour(factors + at, line4 + at, line5 + at, line6 + at, line7 + at, sum1);
    }
    for (; l < depth; l++) {
      const at = <usize>l << 2;
      const factor = v128.load32_splat(factors + at);
      sum0 = madd(factor, fourNumbers(line0 + at, line1 + at, line2 + at, line3 + at), sum0);
      sum1 = madd(factor, fourNumbers(line4 + at, line5 + at, line6 + at, line7 + at), sum1);
    }
    v128.store(block + (<usize>i << 2), sum0);
    v128.store(block + (<usize>i << 2), sum1, 16);
  }
}

/** Adds four terms of each of four lines, by a transpose of 4×4 that stays in registers. */
@inline
function plusFour(x: usize, line0: usize, line1: usize, line2: usize, line3: usize, sum: v128): v128 {
  const a0 = v128.load(line0);
  const a1 = v128.load(line1);
  const a2 = v128.load(line2);
  const a3 = v128.load(line3);
  const low01 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  sum = madd(v128.load32_splat(x), v128.shuffle<f64>(low01, low23, 0, 2), sum);
  sum = madd(v128.load32_splat(x, 4), v128.shuffle<f64>(low01, low23, 1, 3), sum);
  sum = madd(v128.load32_splat(x, 8), v128.shuffle<f64>(high01, high23, 0, 2), sum);
  return madd(v128.load32_splat(x, 12), v128.shuffle<f64>(high01, high23, 1, 3), sum);
}

/** The numbers of four lines, side by side. */
@inline
function fourNumbers(line0: usize, line1: usize, line2: usize, line3: usize): v128 {
  let four = v128.load32_zero(line0);
  four = v128.load32_lane(line1, four, 1);
  four = v128.load32_lane(line2, four, 2);
  return v128.load32_lane(line3, four, 3);
}
