/**
 * Learning rates over time: functions of the number of updates made before, 0, 1, 2, … A bad hyperparameter is
 * a `Fault` `options` when the rate is first asked for, so that it reaches the user as a value of the training.
 */
import { atLeast, atOnce, asFloat32, positive, whole } from '../core';

/** The rate of an update, by the number of updates made before it: 0, 1, 2, … */
export type LearningRate = (step: number) => number;

/**
 * The same rate at every update:
 *
 *     η(t) = η
 *
 * A `Fault` `options` when it is asked for: a rate that is not positive and finite.
 *
 * @example sgd(Optimizer.constant(0.1)) // as sgd(0.1)
 */
export const constant =
  (rate: number): LearningRate =>
  () =>
    positive('learning rate', rate);

/**
 * A rate that is multiplied by a factor after every so many updates:
 *
 *     η(t) = η·factor^⌊t/every⌋
 *
 * A `Fault` `options` when it is asked for: a rate or a factor that is not positive and finite, an `every` that is no whole number of at
 * least 1.
 *
 * @example sgd(Optimizer.stepDecay(0.1, 1000, 0.5)) // 0.1 for 1,000 updates, 0.05 for the next, …
 */
export const stepDecay =
  (rate: number, every: number, factor: number): LearningRate =>
  (step) =>
    positive('learning rate', rate) *
    positive('learning rate factor', factor) ** Math.floor(step / whole('learning rate every', every, 1));

/**
 * From η to `last` along half a cosine over `steps` updates, then `last` (Loshchilov and Hutter 2017):
 *
 *     η(t) = last + (η − last)·(1 + cos(π·min(t, steps)/steps))/2
 *
 * A `Fault` `options` when it is asked for: a rate that is not positive and finite, a `last` that is negative or not finite, `steps` that
 * are no whole number of at least 1.
 *
 * @param last the rate at the end. Default 0
 * @example adam(Optimizer.cosine(1e-3, 5000))
 */
export const cosine =
  (rate: number, steps: number, last = 0): LearningRate =>
  (step) => {
    atLeast('last learning rate', last, 0);
    const done = Math.min(step, whole('learning rate steps', steps, 1)) / steps;
    return last + ((positive('learning rate', rate) - last) * (1 + Math.cos(Math.PI * done))) / 2;
  };

/**
 * From η to `last` along a line over `steps` updates, then `last`:
 *
 *     η(t) = η + (last − η)·min(t, steps)/steps
 *
 * A `Fault` `options`: as for `cosine`.
 *
 * @param last the rate at the end. Default 0
 * @example adam(Optimizer.linear(1e-3, 5000, 1e-5))
 */
export const linear =
  (rate: number, steps: number, last = 0): LearningRate =>
  (step) => {
    atLeast('last learning rate', last, 0);
    const done = Math.min(step, whole('learning rate steps', steps, 1)) / steps;
    return positive('learning rate', rate) * (1 - done) + last * done;
  };

/**
 * Cosines one after the other, each from η towards `last` (warm restarts, Loshchilov and Hutter 2017). Period i = 0, 1, 2, … has T_i
 * updates and begins after B_i:
 *
 *     T_i = steps·factor^i,   B_i = T_0 + … + T_{i−1}
 *     η(t) = last + (η − last)·(1 + cos(π·(t − B_i)/T_i))/2   for B_i ≤ t < B_i + T_i
 *
 * A `Fault` `options` when it is asked for: as for `cosine`, and for a factor that is no whole number of at least 1.
 *
 * @param steps T_0, the updates of the first period
 * @param factor how many times as long each period is as the one before. Default 1
 * @param last where each cosine would end. Default 0
 * @example sgd(Optimizer.sgdr(0.1, 1000, 2)) // restarts after 1,000, 3,000, 7,000, … updates
 */
export const sgdr =
  (rate: number, steps: number, factor = 1, last = 0): LearningRate =>
  (step) => {
    whole('restart factor', factor, 1);
    let period = whole('learning rate steps', steps, 1);
    let since = step;
    if (factor === 1) since %= period;
    for (; since >= period; period *= factor) since -= period;
    return cosine(rate, period, last)(since);
  };

const rateAt = (rate: number | LearningRate, step: number): number =>
  typeof rate === 'number' ? atLeast('learning rate', rate, 0) : rate(step);

/**
 * A rate that is reached along a line over the first `steps` updates, of which none has the rate 0:
 *
 *     η′(t) = η(t)·min(1, (t + 1)/steps)
 *
 * A `Fault` `options` when it is asked for: a number that is negative or not finite, `steps` that are no whole number of at least 1, and
 * as the rate η.
 *
 * @param rate η, a number or another rate, which goes on from update 0
 * @example adam(Optimizer.warmup(Optimizer.cosine(1e-3, 5000), 200))
 */
export const warmup =
  (rate: number | LearningRate, steps: number): LearningRate =>
  (step) =>
    rateAt(rate, step) * Math.min(1, (step + 1) / whole('warm-up steps', steps, 1));

/** A rate for so many updates. Its own count of them begins at 0. */
export interface RatePiece {
  readonly rate: number | LearningRate;
  readonly steps: number;
}

/**
 * One rate after the other, each for its updates, and `last` from then on. Piece i begins after S_i updates, and counts from there:
 *
 *     S_i = steps_0 + … + steps_{i−1}
 *     η(t) = η_i(t − S_i)   for S_i ≤ t < S_i + steps_i
 *
 * A `Fault` `options` when it is asked for: a number that is negative or not finite, `steps` of a piece that are no whole number of at
 * least 1, and as the rate of the piece.
 *
 * @example
 * const { cosine, joined, warmup } = Optimizer;
 * sgd(joined([{ rate: warmup(0.1, 100), steps: 100 }, { rate: 0.1, steps: 900 }], cosine(0.1, 2000)));
 */
export const joined =
  (pieces: readonly RatePiece[], last: number | LearningRate): LearningRate =>
  (step) => {
    pieces.forEach(({ steps }, i) => whole(`learning rate piece ${i} steps`, steps, 1));
    let since = step;
    for (const { rate, steps } of pieces) {
      if (since < steps) return rateAt(rate, since);
      since -= steps;
    }
    return rateAt(last, since);
  };

/**
 * The rate of each update: a number stands for a constant one. A `Fault` `options` for what is no finite number of at least 0,
 * or would be 0 or ∞ in the numbers that are computed with; also for a rate of 0 at the first update: rates fall to 0.
 *
 * @example Optimizer.toLearningRate(Optimizer.linear(0.1, 2))(1) // 0.05
 */
export const toLearningRate = (rate: number | LearningRate): LearningRate => {
  if (typeof rate === 'number') return () => asFloat32('learning rate', positive('learning rate', rate));
  return (step) => {
    const path = `learning rate at update ${step}`;
    const given = atOnce(path, rate(step), 'options');
    const found = step === 0 ? positive(path, given) : atLeast(path, given, 0);
    // One that falls may pass the smallest number; one beyond all numbers is none.
    return found > 1 ? asFloat32(path, found) : found;
  };
};
