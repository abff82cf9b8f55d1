/** Losses: a scalar of the network's output and the target, by the convention of the batch mean. */
import {
  any,
  div,
  equal,
  exp,
  fill,
  log,
  max,
  mean,
  range,
  reshape,
  squaredDifference,
  sub,
  sum,
  Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { atOnce, explaining, fail, readsStall, showShape, unrecorded } from '../core';

export interface Loss {
  readonly name: string;
  /** A scalar, differentiable in `output` [N, ...O]. */
  readonly value: (output: Tensor, target: Tensor) => Tensor;
  /**
   * For losses that are weight/2·‖output − target‖², the weight of a batch of `count` examples: then a step on the last link
   * is a ridge problem too.
   */
  readonly quadraticWeight?: (count: number) => number;
  /** Whether the target is one class index for each example, so that accuracy has a meaning. */
  readonly classifies: boolean;
}

/** A loss whose target is one class for each example. */
export interface ClassLoss extends Loss {
  readonly classifies: true;
}

/** A loss whose target has the shape of the output. */
export interface ValueLoss extends Loss {
  readonly classifies: false;
}

/** Programs without types give anything. */
const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/**
 * The loss of a batch, a scalar. A loss of the user's own may throw, or forget its mean over the batch: each is a `Fault`
 * that names the loss.
 */
export const lossValue = (loss: Loss, output: Tensor, target: Tensor): Tensor => {
  const path = `loss ${loss.name}`;
  const value = atOnce(
    path,
    explaining(path, () => loss.value(output, target), 'loss'),
    'loss',
  );
  if (!isTensor(value)) return fail('loss', path, 'a scalar tensor', typeof value);
  return value.size === 1
    ? value
    : fail('shape', path, 'a scalar, the mean over the batch', `a tensor ${showShape(value.shape)}`);
};

/** Every target a class, or a `Fault` that names the first that is none. */
const checkClasses = (target: Tensor, classes: number): void => {
  const found = target.dataSync();
  const bad = found.findIndex((c) => !(c >= 0 && c < classes));
  if (bad >= 0)
    fail(
      'data',
      `softmaxCrossEntropy.target[${bad}]`,
      `a class in 0 … ${classes - 1}`,
      `${found[bad] ?? 'nothing'}`,
    );
};

/** A batch has an example, of which the mean is taken. */
const checkSome = (name: string, { shape }: Tensor): void => {
  if (shape.includes(0))
    fail('shape', name, 'at least one example and one output', `outputs ${showShape(shape)}`);
};

/**
 * −mean over the batch of log softmax(output)[target]; output [N, classes], target int32 [N].
 *
 *     mean_n( log Σ_c exp(z_nc − m_n) − (z_nt − m_n) ),   m_n = max_c z_nc
 *
 * What logits share does not count, however large. A logit of −∞ masks its class; where that is the target, the loss is ∞. A NaN stays
 * one. A `Fault` `shape` when they do not fit, or for no examples; `data` for a target that is no class. (Where reads stall, on
 * GPUs, the loss is NaN instead.)
 */
export const softmaxCrossEntropy: ClassLoss = {
  name: 'softmaxCrossEntropy',
  classifies: true,
  value: (output, target) => {
    const [n = 0, classes = 0] = output.shape;
    if (output.rank !== 2 || target.rank !== 1 || target.shape[0] !== n || target.dtype !== 'int32')
      fail(
        'shape',
        'softmaxCrossEntropy',
        'outputs [N, classes] and int32 targets [N]',
        `outputs ${showShape(output.shape)} and ${target.dtype} targets ${showShape(target.shape)}`,
      );
    checkSome('softmaxCrossEntropy', output);
    if (!readsStall()) checkClasses(target, classes);
    // Not `oneHot`: it refuses a single class, and its float32 is all zeros on WASM.
    const isClass = equal(reshape(target, [n, 1]), reshape(range(0, classes, 1, 'int32'), [1, classes]));
    const shifted = sub(
      output,
      unrecorded(() => max(output, 1, true)),
    );
    // Chosen, not multiplied: 0 · ∞ is NaN.
    const chosen = sum(where(isClass, shifted, zerosLike(shifted)), 1);
    const each = sub(log(sum(exp(shifted), 1)), chosen);
    return mean(readsStall() ? where(any(isClass, 1), each, fill([n], Number.NaN)) : each);
  },
};

/**
 * ½·(sum of squares of output − target) / (batch size); both [N, ...O]. A `Fault` `shape` when they differ, or for no
 * examples.
 */
export const squaredError: ValueLoss = {
  name: 'squaredError',
  classifies: false,
  quadraticWeight: (count) => 1 / count,
  value: (output, target) => {
    if (output.shape.join() !== target.shape.join())
      fail(
        'shape',
        'squaredError',
        `targets ${showShape(output.shape)}`,
        `targets ${showShape(target.shape)}`,
      );
    checkSome('squaredError', output);
    return div(sum(squaredDifference(output, target)), 2 * output.shape[0]);
  },
};
