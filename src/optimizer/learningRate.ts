/**
 * Learning rates over time: functions of the number of updates made before, 0, 1, 2, … An invalid
 * hyperparameter throws an `options` `Fault` when the rate is first asked for, so a training
 * returns it as a value.
 */
import { atLeast, atOnce, asFloat32, positive, whole } from '../core';

/** A learning rate: a function of the number of updates made before, 0, 1, 2, … */
export type LearningRate = (step: number) => number;

/**
 * The same rate at every update t = 0, 1, 2, …:
 *
 *     η(t) = η
 *
 * It fails with a `Fault` (`options`) when an optimizer asks for it, if the rate is not positive
 * and finite.
 *
 * @param rate η
 *
 * @example sgd(Optimizer.constant(0.1)) // as sgd(0.1)
 */
export const constant =
  (rate: number): LearningRate =>
  () =>
    positive('learning rate', rate);

/**
 * Multiplies the rate by a factor after every so many updates:
 *
 *     η(t) = η·factor^⌊t/every⌋
 *
 * It fails with a `Fault` (`options`) when an optimizer asks for it, if the rate or the factor is
 * not positive and finite, or `every` is not a whole number of at least 1.
 *
 * @param rate η
 * @param every the updates between two changes
 * @param factor what the rate is multiplied by
 *
 * @example sgd(Optimizer.stepDecay(0.1, 1000, 0.5)) // 0.1 for 1,000 updates, 0.05 for the next, …
 */
export const stepDecay =
  (rate: number, every: number, factor: number): LearningRate =>
  (step) =>
    positive('learning rate', rate) *
    positive('learning rate factor', factor) ** Math.floor(step / whole('learning rate every', every, 1));

/**
 * Follows half a cosine from η to `last` over `steps` updates, and then stays at `last` (Loshchilov
 * and Hutter 2017):
 *
 *     η(t) = last + (η − last)·(1 + cos(π·min(t, steps)/steps))/2
 *
 * It fails with a `Fault` (`options`) when an optimizer asks for it, if the rate is not positive
 * and finite, `last` is negative or not finite, or `steps` is not a whole number of at least 1.
 *
 * @param rate η, the rate of the first update
 * @param steps the updates until the rate is `last`
 * @param last the rate at the end. Default 0
 *
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
 * Follows a line from η to `last` over `steps` updates, and then stays at `last`:
 *
 *     η(t) = η + (last − η)·min(t, steps)/steps
 *
 * It fails as `cosine` does.
 *
 * @param rate η, the rate of the first update
 * @param steps the updates until the rate is `last`
 * @param last the rate at the end. Default 0
 *
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
 * Warm restarts (Loshchilov and Hutter 2017): one cosine after another, each from η towards `last`.
 * Period i = 0, 1, 2, … has T_i updates and begins after B_i:
 *
 *     T_i = steps·factor^i,   B_i = T_0 + … + T_{i−1}
 *     η(t) = last + (η − last)·(1 + cos(π·(t − B_i)/T_i))/2   for B_i ≤ t < B_i + T_i
 *
 * It fails as `cosine` does, and also if `factor` is not a whole number of at least 1.
 *
 * @param rate η, the rate at the beginning of each period
 * @param steps T_0, the updates of the first period
 * @param factor how many times as long each period is as the one before. Default 1
 * @param last where each cosine would end. Default 0
 *
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
 * Warms up: the rate rises along a line over the first `steps` updates, none of which has the rate
 * 0.
 *
 *     η′(t) = η(t)·min(1, (t + 1)/steps)
 *
 * It fails with a `Fault` (`options`) when an optimizer asks for it, if a rate that is a number is
 * negative or not finite, or `steps` is not a whole number of at least 1; and as the rate η does.
 *
 * @param rate η, a number or another rate, which counts from update 0
 * @param steps the updates until the rate is η(t)
 *
 * @example adam(Optimizer.warmup(Optimizer.cosine(1e-3, 5000), 200))
 */
export const warmup =
  (rate: number | LearningRate, steps: number): LearningRate =>
  (step) =>
    rateAt(rate, step) * Math.min(1, (step + 1) / whole('warm-up steps', steps, 1));

/** A rate for a number of updates, which it counts from 0. */
export interface RatePiece {
  /** The rate, or a rate that counts its updates from 0. */
  readonly rate: number | LearningRate;
  /** The number of updates. */
  readonly steps: number;
}

/**
 * Puts rates one after another, each for its number of updates; `last` follows them. Piece i begins
 * after S_i updates, and counts from there:
 *
 *     S_i = steps_0 + … + steps_{i−1}
 *     η(t) = η_i(t − S_i)   for S_i ≤ t < S_i + steps_i
 *
 * It fails with a `Fault` (`options`) when an optimizer asks for it, if a rate that is a number is
 * negative or not finite, or the `steps` of a piece are not a whole number of at least 1; and as
 * the rate of the piece does.
 *
 * @param pieces the rates, each with its updates
 * @param last the rate after all pieces
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
 * Makes a rate that checks itself from a number, which stands for a constant one, or from a
 * function. Use it in a transform of your own.
 *
 * The result throws a `Fault` (`options`) if the rate of an update is not a finite number of at
 * least 0, if float32 cannot hold it, or if the rate of the first update is 0.
 *
 * @param rate a number, or a function of the updates made before
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
