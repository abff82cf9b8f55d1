/**
 * Products of a matrix with a few vectors: X·B for a few rows X, in any orientation of B, and their
 * transposes. Blocks of B are not copied into panels first, as `gemm.ts` does, for they would hardly
 * be used again: B is read once, from end to end. The terms of each number are added in blocks, whose sums are
 * added up: few products are what solutions are measured by, and one long sum would round as many
 * times as it has terms.
 */
import { madd } from './madd';
import { HEAD } from './scratch';

/** The most lines of a part (numbers of a row of sums in scratch), and the most vectors. */
const CHUNK: i32 = 512;
const MOST: i32 = 8;

/** Terms of a block. */
const BLOCK: i32 = 256;
/** The most numbers of the vectors together that are copied. */
const COPIED: i32 = 1 << 18;

/** Bytes of scratch that `few` needs. */
export function fewScratch(): i32 {
  return (2 * CHUNK * MOST + COPIED << 2) + <i32>HEAD;
}

/**
 * C[r, j] = Σ_l x[r, l]·b[l, j] for `count` vectors x of length k, at most `MOST`, and lines j of B
 * from `from` to `to` times `chunk`; a chunk is at most `CHUNK` lines. x is stored [count, k], or where
 * `across` is 1 [k, count]. B is stored line by line, [lines, k], or where `down` is 1 [k, lines].
 * C[r, j] is the number r·rowStep + j·lineStep after c.
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
  let vectors = x;
  if (across) {
    vectors = sums + (<usize>(2 * CHUNK * MOST) << 2);
    for (let l = 0; l < k; l++)
      for (let r = 0; r < count; r++)
        store<f32>(vectors + (<usize>(r * k + l) << 2), load<f32>(x + (<usize>(l * count + r) << 2)));
  }
  for (let item = from; item < to; item++) {
    const j = item * chunk;
    const width = min(chunk, lines - j);
    if (down) alongRows(vectors, count, b + (<usize>j << 2), <usize>lines << 2, k, width, sums);
    else if (count == 1) alongEight(vectors, b + (<usize>(j * k) << 2), k, width, sums);
    else alongLines(vectors, count, b + (<usize>(j * k) << 2), k, width, sums);
    for (let r = 0; r < count; r++) {
      const row = sums + (<usize>(r * CHUNK) << 2);
      const target = c + (<usize>(r * rowStep + j * lineStep) << 2);
      if (lineStep == 1) memory.copy(target, row, <usize>width << 2);
      else
        for (let i = 0; i < width; i++)
          store<f32>(target + (<usize>(i * lineStep) << 2), load<f32>(row + (<usize>i << 2)));
    }
  }
}

/** The sums of `width` lines of B [k, ·], whose rows are `stride` bytes apart: four rows at once. */
function alongRows(
  vectors: usize,
  count: i32,
  b: usize,
  stride: usize,
  k: i32,
  width: i32,
  sums: usize,
): void {
  const size = <usize>width << 2;
  const block = sums + (<usize>(CHUNK * MOST) << 2);
  for (let r = 0; r < count; r++) memory.fill(sums + (<usize>(r * CHUNK) << 2), 0, size);
  for (let first = 0; first < k; first += BLOCK) {
    const end = min(first + BLOCK, k);
    for (let r = 0; r < count; r++) memory.fill(block + (<usize>(r * CHUNK) << 2), 0, size);
    let l = first;
    for (; l + 4 <= end; l += 4) {
      const rows = b + <usize>l * stride;
      for (let r = 0; r < count; r++)
        addFour(vectors + (<usize>(r * k + l) << 2), rows, stride, width, block + (<usize>(r * CHUNK) << 2));
    }
    for (; l < end; l++)
      for (let r = 0; r < count; r++) {
        const factor = load<f32>(vectors + (<usize>(r * k + l) << 2));
        addRow(factor, b + <usize>l * stride, width, block + (<usize>(r * CHUNK) << 2));
      }
    for (let r = 0; r < count; r++) {
      const at = <usize>(r * CHUNK) << 2;
      addRow(1, block + at, width, sums + at);
    }
  }
}

/** Adds a row, times a number, to a row of sums. */
function addRow(factor: f32, row: usize, width: i32, sums: usize): void {
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

/** Adds four rows of B, each times a number of x, to one row of sums. */
function addFour(x: usize, rows: usize, stride: usize, width: i32, sums: usize): void {
  const x0 = v128.load32_splat(x);
  const x1 = v128.load32_splat(x, 4);
  const x2 = v128.load32_splat(x, 8);
  const x3 = v128.load32_splat(x, 12);
  const row1 = rows + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    let sum = v128.load(sums + at);
    sum = madd(x0, v128.load(rows + at), sum);
    sum = madd(x1, v128.load(row1 + at), sum);
    sum = madd(x2, v128.load(row2 + at), sum);
    sum = madd(x3, v128.load(row3 + at), sum);
    v128.store(sums + at, sum);
  }
  for (; j < width; j++) {
    const at = <usize>j << 2;
    let sum = v128.load32_zero(sums + at);
    sum = madd(x0, v128.load32_zero(rows + at), sum);
    sum = madd(x1, v128.load32_zero(row1 + at), sum);
    sum = madd(x2, v128.load32_zero(row2 + at), sum);
    sum = madd(x3, v128.load32_zero(row3 + at), sum);
    v128.store32_lane(sums + at, sum, 0);
  }
}

/** The sums of `width` lines of B [·, k]: four lines side by side, by transposes of 4×4, and four vectors at once. */
function alongLines(vectors: usize, count: i32, b: usize, k: i32, width: i32, sums: usize): void {
  const length = <usize>k << 2;
  const last = width - 1;
  for (let j = 0; j < width; j += 4) {
    const line0 = b + <usize>j * length;
    // What is missing of the last four is the last line again.
    const line1 = b + <usize>min(j + 1, last) * length;
    const line2 = b + <usize>min(j + 2, last) * length;
    const line3 = b + <usize>min(j + 3, last) * length;
    for (let r = 0; r < count; r += 4) {
      const x0 = vectors + <usize>r * length;
      const x1 = vectors + <usize>min(r + 1, count - 1) * length;
      const x2 = vectors + <usize>min(r + 2, count - 1) * length;
      const x3 = vectors + <usize>min(r + 3, count - 1) * length;
      let total0 = f32x4.splat(0);
      let total1 = f32x4.splat(0);
      let total2 = f32x4.splat(0);
      let total3 = f32x4.splat(0);
      for (let first = 0; first < k; first += BLOCK) {
        const end = min(first + BLOCK, k);
        let sum0 = f32x4.splat(0);
        let sum1 = f32x4.splat(0);
        let sum2 = f32x4.splat(0);
        let sum3 = f32x4.splat(0);
        let l = first;
        for (; l + 4 <= end; l += 4) {
          const at = <usize>l << 2;
          const a0 = v128.load(line0 + at);
          const a1 = v128.load(line1 + at);
          const a2 = v128.load(line2 + at);
          const a3 = v128.load(line3 + at);
          const low01 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
          const high01 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
          const low23 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
          const high23 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
          const b0 = v128.shuffle<f64>(low01, low23, 0, 2);
          sum0 = madd(v128.load32_splat(x0 + at), b0, sum0);
          sum1 = madd(v128.load32_splat(x1 + at), b0, sum1);
          sum2 = madd(v128.load32_splat(x2 + at), b0, sum2);
          sum3 = madd(v128.load32_splat(x3 + at), b0, sum3);
          const b1 = v128.shuffle<f64>(low01, low23, 1, 3);
          sum0 = madd(v128.load32_splat(x0 + at, 4), b1, sum0);
          sum1 = madd(v128.load32_splat(x1 + at, 4), b1, sum1);
          sum2 = madd(v128.load32_splat(x2 + at, 4), b1, sum2);
          sum3 = madd(v128.load32_splat(x3 + at, 4), b1, sum3);
          const b2 = v128.shuffle<f64>(high01, high23, 0, 2);
          sum0 = madd(v128.load32_splat(x0 + at, 8), b2, sum0);
          sum1 = madd(v128.load32_splat(x1 + at, 8), b2, sum1);
          sum2 = madd(v128.load32_splat(x2 + at, 8), b2, sum2);
          sum3 = madd(v128.load32_splat(x3 + at, 8), b2, sum3);
          const b3 = v128.shuffle<f64>(high01, high23, 1, 3);
          sum0 = madd(v128.load32_splat(x0 + at, 12), b3, sum0);
          sum1 = madd(v128.load32_splat(x1 + at, 12), b3, sum1);
          sum2 = madd(v128.load32_splat(x2 + at, 12), b3, sum2);
          sum3 = madd(v128.load32_splat(x3 + at, 12), b3, sum3);
        }
        for (; l < end; l++) {
          const at = <usize>l << 2;
          const b0 = fourNumbers(line0 + at, line1 + at, line2 + at, line3 + at);
          sum0 = madd(v128.load32_splat(x0 + at), b0, sum0);
          sum1 = madd(v128.load32_splat(x1 + at), b0, sum1);
          sum2 = madd(v128.load32_splat(x2 + at), b0, sum2);
          sum3 = madd(v128.load32_splat(x3 + at), b0, sum3);
        }
        total0 = f32x4.add(total0, sum0);
        total1 = f32x4.add(total1, sum1);
        total2 = f32x4.add(total2, sum2);
        total3 = f32x4.add(total3, sum3);
      }
      // Rows of sums have room for whole fours.
      const own = sums + (<usize>(r * CHUNK + j) << 2);
      const left = count - r;
      v128.store(own, total0);
      if (left > 1) v128.store(own + (<usize>CHUNK << 2), total1);
      if (left > 2) v128.store(own + (<usize>CHUNK << 3), total2);
      if (left > 3) v128.store(own + <usize>(12 * CHUNK), total3);
    }
  }
}

/** The same for one vector: eight lines at once, so that no sum has to wait for its last addition. */
function alongEight(x: usize, b: usize, k: i32, width: i32, sums: usize): void {
  const length = <usize>k << 2;
  const last = width - 1;
  for (let j = 0; j < width; j += 8) {
    const line0 = b + <usize>j * length;
    const line1 = b + <usize>min(j + 1, last) * length;
    const line2 = b + <usize>min(j + 2, last) * length;
    const line3 = b + <usize>min(j + 3, last) * length;
    const line4 = b + <usize>min(j + 4, last) * length;
    const line5 = b + <usize>min(j + 5, last) * length;
    const line6 = b + <usize>min(j + 6, last) * length;
    const line7 = b + <usize>min(j + 7, last) * length;
    let total0 = f32x4.splat(0);
    let total1 = f32x4.splat(0);
    for (let first = 0; first < k; first += BLOCK) {
      const end = min(first + BLOCK, k);
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let l = first;
      for (; l + 4 <= end; l += 4) {
        const at = <usize>l << 2;
        sum0 = plusFour(x + at, line0 + at, line1 + at, line2 + at, line3 + at, sum0);
        sum1 = plusFour(x + at, line4 + at, line5 + at, line6 + at, line7 + at, sum1);
      }
      for (; l < end; l++) {
        const at = <usize>l << 2;
        const factor = v128.load32_splat(x + at);
        sum0 = madd(factor, fourNumbers(line0 + at, line1 + at, line2 + at, line3 + at), sum0);
        sum1 = madd(factor, fourNumbers(line4 + at, line5 + at, line6 + at, line7 + at), sum1);
      }
      total0 = f32x4.add(total0, sum0);
      total1 = f32x4.add(total1, sum1);
    }
    v128.store(sums + (<usize>j << 2), total0);
    v128.store(sums + (<usize>j << 2), total1, 16);
  }
}

/** Adds four terms of each of four lines. */
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
