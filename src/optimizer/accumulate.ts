/** Gradient accumulation: several small batches make one update. */
import { whole } from '../core';
import { Formula } from '../ops';
import { moment, zeros } from './moments';
import { type NumberTransform, type Optimizer, type Transform } from './optimizer';

const { add, affine, sub } = Formula;

const isLast = (k: number, step: number): boolean => step % k === k - 1;

/**
 * Adds directions up, s ← s + d. At every k-th batch the direction is s/k, and s begins at 0 again.
 * At all other batches the direction is 0.
 */
const collect = (k: number): NumberTransform => ({
  name: 'accumulate',
  init: (parameters) => {
    whole('accumulate', k, 1);
    return { step: 0, moments: [zeros(parameters)] };
  },
  rule: (d, moments, _parameter, step) => {
    const sum = add(moment(moments, 0), d);
    // Of finite numbers the difference is +0; others are not hidden until the update.
    return isLast(k, step)
      ? { direction: affine(sum, 1 / k), moments: [sub(sum, sum)] }
      : { direction: sub(d, d), moments: [sum] };
  },
});

/** A transform that runs of every k-th batch, and counts these alone. */
const onEveryKth = (k: number, transform: Transform): Transform => {
  const updates = (step: number): number => Math.floor(step / k);
  if ('rule' in transform) {
    const { average, rate } = transform;
    return {
      ...transform,
      rule: (direction, moments, parameter, step) =>
        isLast(k, step)
          ? transform.rule(direction, moments, parameter, updates(step))
          : { direction, moments },
      ...(rate === undefined ? {} : { rate: (step) => rate(updates(step)) }),
      ...(average === undefined ? {} : { average: (moments, step) => average(moments, updates(step)) }),
    };
  }
  return {
    ...transform,
    update: (direction, { step, moments }, parameters) => {
      if (!isLast(k, step)) return { direction, slot: { step: step + 1, moments } };
      const next = transform.update(direction, { step: updates(step), moments }, parameters);
      return { direction: next.direction, slot: { step: step + 1, moments: next.slot.moments } };
    },
  };
};

/**
 * Accumulates gradients: one update for k batches, by the mean of their directions d₁, …, d_k.
 * Between updates the parameters stay as they are.
 *
 *     d = ((d₁ + d₂) + … + d_k)·(1/k)
 *
 * The update is that of `optimizer` at d, to the bit. The direction of one batch k times as large
 * differs from d only by the order of its sums, in float32 by about 1e-7 of its size for each
 * batch. Every batch counts alike, also a last one with fewer examples. Learning rates count
 * updates, not batches.
 *
 * Making the state fails with a `Fault` (`options`) if `k` is not a whole number of at least 1.
 *
 * @param k the batches of one update
 * @param optimizer what makes the update
 *
 * @example accumulate(8, chain(clipByGlobalNorm(1), adam(1e-3)))
 */
export const accumulate = (k: number, optimizer: Optimizer): Optimizer => ({
  name: `${optimizer.name} each ${k}`,
  transforms: [collect(k), ...optimizer.transforms.map((transform) => onEveryKth(k, transform))],
});
