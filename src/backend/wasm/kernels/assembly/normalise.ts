/**
 * Normalisation, (x − mean)/standard deviation, and its pull-back. Arrays are [·, places, groups,
 * width]. Mean and variance belong to one group of one example, over all places, in float64: a mean
 * that is large compared with the deviations loses none of their digits, and no square overflows.
 */

/** The first or the last two of four numbers in float64. */
@inline
function promoted(x: usize, high: bool): v128 {
  return f64x2.promote_low_f32x4(high ? v128.load64_zero(x, 8) : v128.load64_zero(x));
}

@inline
function lanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Σ x of `places` runs of `width` numbers, `step` bytes apart. */
function sumOf(x: usize, places: i32, width: i32, step: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let rest: f64 = 0;
  for (let p = 0; p < places; p++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const here = x + (<usize>i << 2);
      low = f64x2.add(low, promoted(here, false));
      high = f64x2.add(high, promoted(here, true));
    }
    for (; i < width; i++) rest += <f64>load<f32>(x + (<usize>i << 2));
    x += step;
  }
  return lanes(f64x2.add(low, high)) + rest;
}

/** Σ (x − mean)² of the same. */
function deviationOf(x: usize, places: i32, width: i32, step: usize, mean: f64): f64 {
  const by = f64x2.splat(mean);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let rest: f64 = 0;
  for (let p = 0; p < places; p++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const here = x + (<usize>i << 2);
      const a = f64x2.sub(promoted(here, false), by);
      const b = f64x2.sub(promoted(here, true), by);
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    for (; i < width; i++) {
      const a = <f64>load<f32>(x + (<usize>i << 2)) - mean;
      rest += a * a;
    }
    x += step;
  }
  return lanes(f64x2.add(low, high)) + rest;
}

/** Σ (x − mean)·y of the same runs of both. */
function productOf(x: usize, y: usize, places: i32, width: i32, step: usize, mean: f64): f64 {
  const by = f64x2.splat(mean);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let rest: f64 = 0;
  for (let p = 0; p < places; p++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      low = f64x2.add(low, f64x2.mul(f64x2.sub(promoted(x + at, false), by), promoted(y + at, false)));
      high = f64x2.add(high, f64x2.mul(f64x2.sub(promoted(x + at, true), by), promoted(y + at, true)));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      rest += (<f64>load<f32>(x + at) - mean) * <f64>load<f32>(y + at);
    }
    x += step;
    y += step;
  }
  return lanes(f64x2.add(low, high)) + rest;
}

/** The numbers a·(x − mean) + b·y + c of the same runs of both, into `out`. */
function combineRuns(
  x: usize,
  y: usize,
  out: usize,
  places: i32,
  width: i32,
  step: usize,
  mean: f64,
  a: f64,
  b: f64,
  c: f64,
): void {
  const means = f64x2.splat(mean);
  const as_ = f64x2.splat(a);
  const bs = f64x2.splat(b);
  const cs = f64x2.splat(c);
  for (let p = 0; p < places; p++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      const low = f64x2.add(
        f64x2.add(f64x2.mul(as_, f64x2.sub(promoted(x + at, false), means)), f64x2.mul(bs, promoted(y + at, false))),
        cs,
      );
      const high = f64x2.add(
        f64x2.add(f64x2.mul(as_, f64x2.sub(promoted(x + at, true), means)), f64x2.mul(bs, promoted(y + at, true))),
        cs,
      );
      const first = f32x4.demote_f64x2_zero(low);
      v128.store(out + at, v128.shuffle<f64>(first, f32x4.demote_f64x2_zero(high), 0, 2));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      const value = a * (<f64>load<f32>(x + at) - mean) + b * <f64>load<f32>(y + at) + c;
      store<f32>(out + at, <f32>value);
    }
    x += step;
    y += step;
    out += step;
  }
}

/** The numbers a·(x − mean) of the same runs, into `out`. */
function scaleRuns(x: usize, out: usize, places: i32, width: i32, step: usize, mean: f64, a: f64): void {
  const means = f64x2.splat(mean);
  const by = f64x2.splat(a);
  for (let p = 0; p < places; p++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      const low = f32x4.demote_f64x2_zero(f64x2.mul(by, f64x2.sub(promoted(x + at, false), means)));
      const high = f32x4.demote_f64x2_zero(f64x2.mul(by, f64x2.sub(promoted(x + at, true), means)));
      v128.store(out + at, v128.shuffle<f64>(low, high, 0, 2));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      store<f32>(out + at, <f32>(a * (<f64>load<f32>(x + at) - mean)));
    }
    x += step;
    out += step;
  }
}

/** Examples from … to: (x − mean)/√(variance + ε). */
export function normalise(
  x: usize,
  out: usize,
  places: i32,
  groups: i32,
  width: i32,
  epsilon: f64,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const n = <f64>places * <f64>width;
  const step = <usize>(groups * width) << 2;
  for (let group = from * groups; group < to * groups; group++) {
    const offset = <usize>(group / groups) * <usize>places * step + (<usize>((group % groups) * width) << 2);
    const here = x + offset;
    const mean = sumOf(here, places, width, step) / n;
    const by = 1 / sqrt(deviationOf(here, places, width, step, mean) / n + epsilon);
    scaleRuns(here, out + offset, places, width, step, mean, by);
  }
}

/** Examples from … to of its pull-back: with r = 1/√(variance + ε) and x̂ the result, r·(dy − mean dy − x̂·mean(x̂·dy)). */
export function normaliseGradient(
  x: usize,
  dy: usize,
  out: usize,
  places: i32,
  groups: i32,
  width: i32,
  epsilon: f64,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  const n = <f64>places * <f64>width;
  const step = <usize>(groups * width) << 2;
  for (let group = from * groups; group < to * groups; group++) {
    const offset = <usize>(group / groups) * <usize>places * step + (<usize>((group % groups) * width) << 2);
    const here = x + offset;
    const cotangent = dy + offset;
    const mean = sumOf(here, places, width, step) / n;
    const r = 1 / sqrt(deviationOf(here, places, width, step, mean) / n + epsilon);
    const along = productOf(here, cotangent, places, width, step, mean) / n;
    const shift = sumOf(cotangent, places, width, step) / n;
    combineRuns(here, cotangent, out + offset, places, width, step, mean, -r * r * r * along, r, -r * shift);
  }
}
