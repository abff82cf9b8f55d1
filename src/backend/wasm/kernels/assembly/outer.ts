/** Adds an outer product to a matrix, in one pass. */

/** Rows `from` … `to` of X + c·dᵀ for X [·, columns]. */
export function addOuter(
  x: usize,
  c: usize,
  d: usize,
  columns: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const stride = <usize>columns << 2;
  for (let i = from; i < to; i++) {
    const row = x + <usize>i * stride;
    const target = out + <usize>i * stride;
    const factor = load<f32>(c + (<usize>i << 2));
    const four = f32x4.splat(factor);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = <usize>j << 2;
      v128.store(target + at, f32x4.add(v128.load(row + at), f32x4.mul(four, v128.load(d + at))));
    }
    for (; j < columns; j++) {
      const at = <usize>j << 2;
      store<f32>(target + at, load<f32>(row + at) + factor * load<f32>(d + at));
    }
  }
}
