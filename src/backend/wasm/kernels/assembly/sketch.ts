/**
 * The measurement of a solution on m combinations of its units (`solver/measureAtOnce.ts`): H [m, R],
 * V [m, F], A·V [m, R], and what Aᵀ makes of H − A·V. Sums are float64, in one order.
 */

/** The largest absolute value, or 1 if all are zero. NaN stays. */
function largest(x: usize, n: i32): f32 {
  let most = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) most = f32x4.max(most, f32x4.abs(v128.load(x + (<usize>i << 2))));
  let found = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  for (; i < n; i++) found = max(found, abs(load<f32>(x + (<usize>i << 2))));
  return found == 0 ? 1 : found;
}

/**
 * Into `out`, all divided by the largest value of H: H − A·V [m, R]; for each row of A what |H| + |H − A·V| sums to over the combinations,
 * divided by √m, with a sign of `signs`, of which there are `period` [1, R]; and where `both` is 1, H [m, R].
 */
export function sketchMisses(
  held: usize,
  image: usize,
  m: i32,
  rows: i32,
  both: i32,
  signs: usize,
  period: i32,
  out: usize,
): void {
  // In float64, which has the reciprocal of the smallest number.
  const by = 1 / <f64>largest(held, m * rows);
  const share = by / sqrt(<f64>m);
  const length = <usize>rows << 2;
  const terms = out + <usize>m * length;
  for (let r = 0; r < rows; r++) {
    let at = <usize>r << 2;
    let total: f32 = 0;
    for (let i = 0; i < m; i++) {
      const value = load<f32>(held + at);
      const miss = value - load<f32>(image + at);
      total += abs(value) + abs(miss);
      store<f32>(out + at, <f32>(by * <f64>miss));
      if (both) store<f32>(terms + length + at, <f32>(by * <f64>value));
      at += length;
    }
    const sign = load<f32>(signs + (<usize>(r % period) << 2));
    store<f32>(terms + (<usize>r << 2), <f32>(<f64>total * share) * sign);
  }
}

/** Σ (x − c·y)·(x − c·y). */
function squares(x: usize, c: f64, y: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>n << 2; i += 4) {
    const value = <f64>load<f32>(x + i) - c * <f64>load<f32>(y + i);
    total += value * value;
  }
  return total;
}

/** Σ x·y. */
function product(x: usize, y: usize, n: i32): f64 {
  let even: f64 = 0;
  let odd: f64 = 0;
  let i: usize = 0;
  const end = <usize>n << 2;
  for (; i + 8 <= end; i += 8) {
    even += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
    odd += <f64>load<f32>(x + i, 4) * <f64>load<f32>(y + i, 4);
  }
  if (i < end) even += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
  return even + odd;
}

/** a / b, and 0 for 0 / 0; NaN stays. */
@inline
function ratio(a: f64, b: f64): f64 {
  return a == 0 && b == 0 ? 0 : a / b;
}

/**
 * Into `out` two numbers: (‖Aᵀ(H − A·V) − βV‖ + rounding·‖Aᵀt‖)/‖AᵀH‖ and ⟨A·V, H⟩/(‖A·V‖² + β‖V‖²). `sums` is Aᵀ of what
 * `sketchMisses` gave. AᵀH is a part of it, or where `known` is 1, `right`, which is not divided by the largest value of H.
 */
export function sketchNorms(
  sums: usize,
  v: usize,
  held: usize,
  image: usize,
  right: usize,
  m: i32,
  rows: i32,
  columns: i32,
  known: i32,
  beta: f64,
  rounding: f64,
  out: usize,
): void {
  const by = 1 / <f64>largest(held, m * rows);
  const size = m * columns;
  const natural = sums + (<usize>size << 2);
  const defect = sqrt(squares(sums, beta * by, v, size)) + rounding * sqrt(product(natural, natural, columns));
  const behind = natural + (<usize>columns << 2);
  const whole = known
    ? by * sqrt(product(right, right, size))
    : sqrt(product(behind, behind, size));
  const gain = product(image, held, m * rows);
  const curvature = product(image, image, m * rows) + beta * product(v, v, size);
  store<f32>(out, <f32>ratio(defect, whole));
  store<f32>(out, <f32>ratio(gain, curvature), 4);
}
