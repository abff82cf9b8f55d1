/** Adds an outer product to a matrix, in one pass. */

/** x + factor·d for n numbers. */
export function addRow(x: usize, factor: f32, d: usize, n: i32, out: usize): void {
  const four = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const at = <usize>j << 2;
    v128.store(out + at, f32x4.add(v128.load(x + at), f32x4.mul(four, v128.load(d + at))));
  }
  for (; j < n; j++) {
    const at = <usize>j << 2;
    store<f32>(out + at, load<f32>(x + at) + factor * load<f32>(d + at));
  }
}

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
    addRow(x + <usize>i * stride, load<f32>(c + (<usize>i << 2)), d, columns, out + <usize>i * stride);
  }
}
