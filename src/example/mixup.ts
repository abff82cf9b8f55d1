/** mixup (Zhang, Cisse, Dauphin, Lopez-Paz 2018): examples that lie between two. */
import { fail, Key, positive, whole } from '../core';
import { logBeta } from './beta';
import { type Augmentation, type ExampleArrays } from './examples';
import { floatsOf } from './rows';

/** Targets as numbers that can be mixed: of classes the one-hot rows. */
const softTargets = (
  batch: ExampleArrays,
  classes: number | undefined,
): Pick<ExampleArrays, 'targetShape'> & { readonly targets: Float32Array } => {
  const { targets, targetScale, targetShape = [], count } = batch;
  if (targets instanceof Float32Array) return { targets, targetShape };
  if (targets instanceof Uint8Array) return { targets: floatsOf(targets, targetScale), targetShape };
  if (classes === undefined)
    return fail('options', 'mixup.classes', 'the number of classes, as targets are class indices', 'none');
  const rows = new Float32Array(targets.length * classes);
  targets.forEach((c, i) => {
    if (!(c >= 0 && c < classes))
      fail(
        'data',
        `mixup.targets[${Math.floor((i * count) / targets.length)}]`,
        `a class in 0 … ${classes - 1}`,
        `${c}`,
      );
    rows[i * classes + c] = 1;
  });
  return { targets: rows, targetShape: [...targetShape, classes] };
};

/** λ·row i + (1 − λ)·row order[i]. */
const mixed = (values: Float32Array, order: Int32Array, own: number): Float32Array => {
  const size = values.length / order.length;
  const out = new Float32Array(values.length);
  order.forEach((other, i) => {
    for (let j = 0; j < size; j++)
      out[i * size + j] = own * (values[i * size + j] ?? 0) + (1 - own) * (values[other * size + j] ?? 0);
  });
  return out;
};

/**
 * mixup (Zhang, Cisse, Dauphin, Lopez-Paz 2018): mixes each example with another one of its batch,
 * and their targets likewise, by one λ ~ Beta(α, α) for the batch.
 *
 *     x_i ← λ·x_i + (1 − λ)·x_π(i),   y_i ← λ·y_i + (1 − λ)·y_π(i),   π a uniform permutation
 *
 * Class indices [N] become soft targets [N, classes], which `softmaxCrossEntropy` takes. Weights
 * are mixed too.
 *
 * @param alpha α; the larger, the closer λ is to ½
 * @param classes the number of classes, if targets are class indices
 * @throws a `Fault` (`options`) if α is not positive and finite, or `classes` is not a whole number
 *   of at least 1. A pass fails with `options` for class indices without `classes`, and with `data`
 *   for one that is no class
 *
 * @example augmented(data, mixup(0.2, 10))
 */
export const mixup = (alpha: number, classes?: number): Augmentation => {
  positive('mixup.alpha', alpha);
  if (classes !== undefined) whole('mixup.classes', classes, 1);
  return (key, batch) => {
    const { inputs, scale, weights, shape, count } = batch;
    const own = Math.exp(logBeta(Key.fold(key, 0), alpha));
    const order = Key.permutation(Key.fold(key, 1), count);
    const { targets, targetShape } = softTargets(batch, classes);
    return {
      shape,
      count,
      inputs: mixed(inputs instanceof Uint8Array ? floatsOf(inputs, scale) : inputs, order, own),
      targets: mixed(targets, order, own),
      ...(targetShape === undefined ? {} : { targetShape }),
      ...(weights === undefined ? {} : { weights: mixed(weights, order, own) }),
    };
  };
};
