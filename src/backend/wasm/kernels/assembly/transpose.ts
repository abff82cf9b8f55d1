/** Transposes of matrices in float32. */

/** Rows that one item of work moves. */
const STRIP: i32 = 32;

/** Items of work of `transpose`. */
export function transposeItems(count: i32, rows: i32): i32 {
  return count * ((rows + STRIP - 1) / STRIP);
}

/** Each of the matrices [count, rows, columns] transposed, [count, columns, rows]. */
export function transpose(
  x: usize,
  out: usize,
  rows: i32,
  columns: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const strips = (rows + STRIP - 1) / STRIP;
  for (let item = from; item < to; item++) {
    const offset = <usize>(item / strips) * <usize>rows * <usize>columns << 2;
    const i = (item % strips) * STRIP;
    transposeBlock(x + offset, columns, i, min(i + STRIP, rows), 0, columns, out + offset, rows);
  }
}

/** Y[j, i] = X[i, j] for i0 ≤ i < i1 and j0 ≤ j < j1; X and Y have rows of `lengthX` and `lengthY` values. */
export function transposeBlock(
  x: usize,
  lengthX: i32,
  i0: i32,
  i1: i32,
  j0: i32,
  j1: i32,
  y: usize,
  lengthY: i32,
): void {
  const strideX = <usize>lengthX << 2;
  const strideY = <usize>lengthY << 2;
  let j = j0;
  for (; j + 4 <= j1; j += 4) {
    let i = i0;
    for (; i + 4 <= i1; i += 4) {
      turnFour(x + (<usize>(i * lengthX + j) << 2), strideX, y + (<usize>(j * lengthY + i) << 2), strideY);
    }
    for (; i < i1; i++) single(x, lengthX, i, i + 1, j, j + 4, y, lengthY);
  }
  single(x, lengthX, i0, i1, j, j1, y, lengthY);
}

/** Y[4, 4] = the transpose of X[4, 4]. */
@inline
export function turnFour(x: usize, strideX: usize, y: usize, strideY: usize): void {
  const x0 = v128.load(x);
  const x1 = v128.load(x + strideX);
  const x2 = v128.load(x + 2 * strideX);
  const x3 = v128.load(x + 3 * strideX);
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(y + strideY, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(y + 2 * strideY, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(y + 3 * strideY, v128.shuffle<f64>(high01, high23, 1, 3));
}

function single(x: usize, lengthX: i32, i0: i32, i1: i32, j0: i32, j1: i32, y: usize, lengthY: i32): void {
  for (let i = i0; i < i1; i++)
    for (let j = j0; j < j1; j++)
      store<f32>(y + (<usize>(j * lengthY + i) << 2), load<f32>(x + (<usize>(i * lengthX + j) << 2)));
}
