/** Sums over one of the two axes of a matrix in float32. */

/** Rows of an item of work. */
const ROWS: i32 = 256;

/** Items of work for either axis. */
export function sumItems(rows: i32): i32 {
  return (rows + ROWS - 1) / ROWS;
}

/** Σ_i x[i, j] over the rows of some items, into one row of sums for each item: [items, columns]. */
export function sumRows(
  x: usize,
  out: usize,
  rows: i32,
  columns: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let item = from; item < to; item++) {
    const last = min((item + 1) * ROWS, rows);
    const row = <usize>columns << 2;
    const sums = out + <usize>item * row;
    memory.fill(sums, 0, row);
    let j = 0;
    // Sixteen columns at a time stay in registers for all rows.
    for (; j + 16 <= columns; j += 16) {
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let at = x + (<usize>(item * ROWS * columns + j) << 2);
      for (let i = item * ROWS; i < last; i++) {
        s0 = f32x4.add(s0, v128.load(at));
        s1 = f32x4.add(s1, v128.load(at, 16));
        s2 = f32x4.add(s2, v128.load(at, 32));
        s3 = f32x4.add(s3, v128.load(at, 48));
        at += row;
      }
      const target = sums + (<usize>j << 2);
      v128.store(target, s0);
      v128.store(target, s1, 16);
      v128.store(target, s2, 32);
      v128.store(target, s3, 48);
    }
    for (let i = item * ROWS; i < last; i++)
      for (let k = j; k < columns; k++) {
        const target = sums + (<usize>k << 2);
        store<f32>(target, load<f32>(target) + load<f32>(x + (<usize>(i * columns + k) << 2)));
      }
  }
}

/** Σ_j x[i, j] for the rows of some items. */
export function sumColumns(
  x: usize,
  out: usize,
  rows: i32,
  columns: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const last = min(to * ROWS, rows);
  for (let i = from * ROWS; i < last; i++) {
    const row = x + (<usize>(i * columns) << 2);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let j = 0;
    for (; j + 8 <= columns; j += 8) {
      s0 = f32x4.add(s0, v128.load(row + (<usize>j << 2)));
      s1 = f32x4.add(s1, v128.load(row + (<usize>j << 2), 16));
    }
    const s = f32x4.add(s0, s1);
    let total =
      f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
    for (; j < columns; j++) total += load<f32>(row + (<usize>j << 2));
    store<f32>(out + (<usize>i << 2), total);
  }
}
