/** Losses: a scalar of the network's output and the target, by the convention of the batch mean. */
import {
  cast,
  div,
  equal,
  logSumExp,
  mean,
  mul,
  range,
  reshape,
  squaredDifference,
  sub,
  sum,
  Tensor,
} from '@tensorflow/tfjs-core';
import { atOnce, explaining, fail, showShape } from '../core';

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

/**
 * −mean over the batch of log softmax(output)[target]; output [N, classes], target int32 [N].
 * A `Fault` `shape` when they do not fit. Computed as logSumExp(output) − output[target], which does not
 * overflow.
 */
export const softmaxCrossEntropy: Loss = {
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
    // Not `oneHot`: it refuses a single class, and its float32 is all zeros on WASM.
    const isClass = equal(reshape(target, [n, 1]), reshape(range(0, classes, 1, 'int32'), [1, classes]));
    const chosen = sum(mul(output, cast(isClass, 'float32')), 1);
    return mean(sub(logSumExp(output, 1), chosen));
  },
};

/** ½·(sum of squares of output − target) / (batch size); both [N, ...O]. A `Fault` `shape` when they differ. */
export const squaredError: Loss = {
  name: 'squaredError',
  classifies: false,
  quadraticWeight: (count) => 1 / count,
  value: (output, target) =>
    output.shape.join() === target.shape.join()
      ? div(sum(squaredDifference(output, target)), 2 * output.shape[0])
      : fail(
          'shape',
          'squaredError',
          `targets ${showShape(output.shape)}`,
          `targets ${showShape(target.shape)}`,
        ),
};
