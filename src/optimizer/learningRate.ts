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

/**
 * The rate of each update: a number stands for a constant one. A `Fault` `options` for what is no finite number of at least 0, is 0
 * at the first update, or would be 0 or ∞ in the numbers that are computed with.
 */
export const toLearningRate = (rate: number | LearningRate): LearningRate => {
  if (typeof rate === 'number') return () => held('learning rate', positive('learning rate', rate));
  return (step) => {
    const path = `learning rate at update ${step}`;
    const found = atLeast(path, atOnce(path, rate(step), 'options'), 0);
    // A schedule that falls to 0 has an end; one that begins there may never do anything.
    if (step === 0) positive(path, found);
    // Rates that fall to nothing are what schedules are for; one beyond all numbers is none.
    return found > 1 ? held(path, found) : found;
  };
};
