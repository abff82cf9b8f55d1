/**
 * Learning rates over time: functions of the number of updates made before, 0, 1, 2, … A bad hyperparameter is
 * a `Fault` `options` when the rate is first asked for, so that it reaches the user as a value of the training.
 */
import { atLeast, atOnce, held, positive, whole } from '../core';

export type LearningRate = (step: number) => number;

/** η everywhere. */
export const constant =
  (rate: number): LearningRate =>
  () =>
    positive('learning rate', rate);

/** η·factor^⌊step / every⌋. */
export const stepDecay =
  (rate: number, every: number, factor: number): LearningRate =>
  (step) =>
    positive('learning rate', rate) *
    positive('learning rate factor', factor) ** Math.floor(step / whole('learning rate every', every, 1));

/** From η to `last` along half a cosine over `steps` updates, then `last` (Loshchilov and Hutter 2017). */
export const cosine =
  (rate: number, steps: number, last = 0): LearningRate =>
  (step) => {
    atLeast('last learning rate', last, 0);
    const done = Math.min(step, whole('learning rate steps', steps, 1)) / steps;
    return last + ((positive('learning rate', rate) - last) * (1 + Math.cos(Math.PI * done))) / 2;
  };

/** From η to `last` along a line over `steps` updates, then `last`: η + (last − η)·t/steps. */
export const linear =
  (rate: number, steps: number, last = 0): LearningRate =>
  (step) => {
    atLeast('last learning rate', last, 0);
    const done = Math.min(step, whole('learning rate steps', steps, 1)) / steps;
    return positive('learning rate', rate) * (1 - done) + last * done;
  };

/**
 * Cosines one after the other, each from η to `last` (warm restarts, Loshchilov and Hutter 2017): the first over `steps` updates, each
 * later one over `factor` times as many as the one before.
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

/** η(t)·min(1, (t + 1)/steps): up to η along a line, in `steps` updates of which none has the rate 0. */
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
 * One rate after the other, each for its updates, and `last` from then on.
 *
 * @example joined([{ rate: warmup(0.1, 100), steps: 100 }, { rate: 0.1, steps: 900 }], cosine(0.1, 2000))
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
 */
export const toLearningRate = (rate: number | LearningRate): LearningRate => {
  if (typeof rate === 'number') return () => held('learning rate', positive('learning rate', rate));
  return (step) => {
    const path = `learning rate at update ${step}`;
    const given = atOnce(path, rate(step), 'options');
    const found = step === 0 ? positive(path, given) : atLeast(path, given, 0);
    // One that falls may pass the smallest number; one beyond all numbers is none.
    return found > 1 ? held(path, found) : found;
  };
};
