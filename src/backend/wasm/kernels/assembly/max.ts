/**
 * Maxima over the middle axis of arrays with three axes. A NaN stays NaN, as in the maxima of
 * WebAssembly.
 */

/** For outer indices from … to of x [·, n, inner]: the maxima over n ≥ 1, into out [·, inner]. */
export function maxMiddle(
  x: usize,
  out: usize,
  n: i32,
  inner: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let i = from; i < to; i++) {
    const source = x + (<usize>i * <usize>n * <usize>inner << 2);
    const target = out + (<usize>i * <usize>inner << 2);
    if (inner == 1) store<f32>(target, maxOf(source, n));
    else maxRows(source, target, n, inner);
  }
}

/** The maximum of n numbers in a row. */
@inline
function maxOf(x: usize, n: i32): f32 {
  let most = load<f32>(x);
  let i = 1;
  if (n >= 4) {
    let four = v128.load(x);
    for (i = 4; i + 4 <= n; i += 4) four = f32x4.max(four, v128.load(x + (<usize>i << 2)));
    most = max(
      max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
      max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
    );
  }
  for (; i < n; i++) most = max(most, load<f32>(x + (<usize>i << 2)));
  return most;
}

/** The maxima of n rows, place by place. */
@inline
function maxRows(x: usize, out: usize, n: i32, inner: i32): void {
  const stride = <usize>inner << 2;
  const whole = <usize>(inner & ~3) << 2;
  for (let j: usize = 0; j < whole; j += 16) {
    let four = v128.load(x + j);
    for (let k = 1; k < n; k++) four = f32x4.max(four, v128.load(x + <usize>k * stride + j));
    v128.store(out + j, four);
  }
  for (let j = whole; j < stride; j += 4) {
    let most = load<f32>(x + j);
    for (let k = 1; k < n; k++) most = max(most, load<f32>(x + <usize>k * stride + j));
    store<f32>(out + j, most);
  }
}
