/**
 * The cross-entropy of rows of logits and a class each, and its pull-back. With m the largest logit
 * of a row, e_k = exp(z_k − m) and S = Σ e_k in float64:
 *
 *     loss_n = log S − (z_nt − m),   dz_nk = dy_n·(e_k/S − [k = t])
 *
 * In the target's own class the difference is (e_t − S)/S, so that it keeps its digits where the
 * row is nearly certain. A target that is no class gives NaN.
 */
import { exponential } from './unary';

/** The largest of a row, NaN left out: the exponential of a NaN shows it. */
export function largestOf(z: usize, classes: i32): f32 {
  let four = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= classes; i += 4) four = f32x4.pmax(four, v128.load(z + (<usize>i << 2)));
  for (; i < classes; i++) four = f32x4.pmax(four, v128.load32_splat(z + (<usize>i << 2)));
  four = f32x4.pmax(four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(four, v128.shuffle<f32>(four, four, 1, 0, 3, 2)), 0);
}

/** Σ exp(scale·(z − m)); each to `out`, unless that is 0. */
export function exponentials(z: usize, m: f32, scale: f32, classes: i32, out: usize): f64 {
  const by = f32x4.splat(m);
  const times = f32x4.splat(scale);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= classes; i += 4) {
    const at = <usize>i << 2;
    const e = exponential(f32x4.mul(f32x4.sub(v128.load(z + at), by), times));
    if (out != 0) v128.store(out + at, e);
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(e, e, 1, 1)));
  }
  low = f64x2.add(low, high);
  let total = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; i < classes; i++) {
    const at = <usize>i << 2;
    const e = f32x4.extract_lane(exponential(f32x4.mul(f32x4.sub(v128.load32_zero(z + at), by), times)), 0);
    if (out != 0) store<f32>(out + at, e);
    total += <f64>e;
  }
  return total;
}

/** The losses of rows [from, to) of z [·, classes] and targets t, int32. */
export function classLosses(
  z: usize,
  t: usize,
  out: usize,
  classes: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let row = from; row < to; row++) {
    const here = z + (<usize>(row * classes) << 2);
    const place = <usize>row << 2;
    const target = load<i32>(t + place);
    let loss = <f32>NaN;
    if (target >= 0 && target < classes) {
      const m = largestOf(here, classes);
      const own = <f64>load<f32>(here + (<usize>target << 2)) - <f64>m;
      loss = <f32>(NativeMath.log(exponentials(here, m, 1, classes, 0)) - own);
    }
    store<f32>(out + place, loss);
  }
}

/** The pull-back of dy [·] for the same rows: [·, classes]. */
export function classLossesGradient(
  z: usize,
  t: usize,
  dy: usize,
  out: usize,
  classes: i32,
  _scratch: usize,
  from: i32,
  to: i32,
): void {
  for (let row = from; row < to; row++) {
    const offset = <usize>(row * classes) << 2;
    const here = out + offset;
    const target = load<i32>(t + (<usize>row << 2));
    const isClass = target >= 0 && target < classes;
    const total = exponentials(z + offset, largestOf(z + offset, classes), 1, classes, here);
    const by = isClass ? <f64>load<f32>(dy + (<usize>row << 2)) : NaN;
    const own = isClass ? here + (<usize>target << 2) : here;
    const atTarget = <f32>(by * ((<f64>load<f32>(own) - total) / total));
    const share = <f32>(by / total);
    const four = f32x4.splat(share);
    let i = 0;
    for (; i + 4 <= classes; i += 4) {
      const at = here + (<usize>i << 2);
      v128.store(at, f32x4.mul(v128.load(at), four));
    }
    for (; i < classes; i++) {
      const at = here + (<usize>i << 2);
      store<f32>(at, load<f32>(at) * share);
    }
    if (isClass) store<f32>(own, atTarget);
  }
}
