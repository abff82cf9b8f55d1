/**
 * Systems of two unknowns, one for each feature: A_g = [x_g, 1] for x [R, G] and right-hand sides h
 * [R, G], in float64 from float32 numbers. Sums cover bands of rows, and are joined in order.
 */

/** Rows of a band. */
const ROWS: i32 = 512;

export function pairItems(rows: i32): i32 {
  return (rows + ROWS - 1) / ROWS;
}

/** Of each feature Σx², Σx, Σx·h and Σh, each G numbers, of bands from … to: [bands, 4, G rounded up to even]. */
export function pairSums(
  x: usize,
  h: usize,
  rows: i32,
  features: i32,
  out: usize,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const wide = (features + 1) & ~1;
  const line = <usize>wide << 3;
  for (let band = from; band < to; band++) {
    const sums = out + (<usize>band * line << 2);
    memory.fill(sums, 0, line << 2);
    const end = min(rows, (band + 1) * ROWS);
    for (let r = band * ROWS; r < end; r++) {
      const place = (<usize>r * <usize>features) << 2;
      let g = 0;
      for (; g + 2 <= features; g += 2) {
        const a = f64x2.promote_low_f32x4(v128.load64_zero(x + place + (<usize>g << 2)));
        const b = f64x2.promote_low_f32x4(v128.load64_zero(h + place + (<usize>g << 2)));
        const here = sums + (<usize>g << 3);
        v128.store(here, f64x2.add(v128.load(here), f64x2.mul(a, a)));
        v128.store(here + line, f64x2.add(v128.load(here + line), a));
        v128.store(here + 2 * line, f64x2.add(v128.load(here + 2 * line), f64x2.mul(a, b)));
        v128.store(here + 3 * line, f64x2.add(v128.load(here + 3 * line), b));
      }
      for (; g < features; g++) {
        const a = <f64>load<f32>(x + place + (<usize>g << 2));
        const b = <f64>load<f32>(h + place + (<usize>g << 2));
        const here = sums + (<usize>g << 3);
        store<f64>(here, load<f64>(here) + a * a);
        store<f64>(here + line, load<f64>(here + line) + a);
        store<f64>(here + 2 * line, load<f64>(here + 2 * line) + a * b);
        store<f64>(here + 3 * line, load<f64>(here + 3 * line) + b);
      }
    }
  }
}

/**
 * V [G, 2] in float32 from those sums, the second number of each solved for after the first was rounded, and what V is worth in `facts`
 * in float32: its residual and its length (`solver/measure.ts`). 1, or 0 where a system is not positive definite, or 2 where one is
 * not finite.
 */
export function solvePairs(sums: usize, rows: i32, features: i32, beta: f64, out: usize, facts: usize): i32 {
  const wide = (features + 1) & ~1;
  const line = <usize>wide << 3;
  const count = <f64>rows + beta;
  let missed: f64 = 0;
  let whole: f64 = 0;
  let gain: f64 = 0;
  let curvature: f64 = 0;
  for (let g = 0; g < features; g++) {
    const here = sums + (<usize>g << 3);
    const square = load<f64>(here) + beta;
    const sum = load<f64>(here + line);
    const p = load<f64>(here + 2 * line);
    const q = load<f64>(here + 3 * line);
    if (!(square < Infinity && abs(p) < Infinity && abs(q) < Infinity)) return 2;
    // By the count first, which is never zero: what is left is R times the variance, and β.
    const left = square - (sum / count) * sum;
    if (!(left > 0)) return 0;
    const v = <f64>(<f32>((p - (sum / count) * q) / left));
    const w = <f64>(<f32>((q - sum * v) / count));
    const to = out + (<usize>g << 3);
    store<f32>(to, <f32>v);
    store<f32>(to, <f32>w, 4);
    const first = square * v + sum * w;
    const second = sum * v + count * w;
    missed += (p - first) * (p - first) + (q - second) * (q - second);
    whole += p * p + q * q;
    gain += v * p + w * q;
    curvature += v * first + w * second;
  }
  store<f32>(facts, <f32>(missed == 0 && whole == 0 ? 0 : sqrt(missed / whole)));
  store<f32>(facts, <f32>(gain == 0 && curvature == 0 ? 0 : gain / curvature), 4);
  return 1;
}
