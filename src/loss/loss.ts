/** Losses: a scalar of the network's output and the target, by the convention of the batch mean. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { atOnce, explaining, fail, isTensor, type Key, showShape } from '../core';

/**
 * A loss: a scalar function of outputs and targets, the mean over the batch unless the loss says
 * otherwise.
 */
export interface Loss {
  /** The name, as reports show it. */
  readonly name: string;
  /** The loss of a batch, a scalar, differentiable in `output` [N, ...O]. */
  readonly value: (output: Tensor, target: Tensor) => Tensor;
  /**
   * The loss of each example, [N], differentiable in `output`; `value` is its mean. Weights of
   * examples, and metrics, need it.
   */
  readonly each?: (output: Tensor, target: Tensor) => Tensor;
  /**
   * For losses that are w/2·‖output − target‖²: w for a batch of `count` examples. A step on the
   * last link is then a ridge problem too.
   */
  readonly quadraticWeight?: (count: number) => number;
  /**
   * For losses that are the negative logarithm of a density, up to a constant: draws targets from
   * it at these outputs. The Fisher matrix averages over them; see `kfac`.
   */
  readonly sample?: (output: Tensor, key: Key.Key) => Tensor;
  /** Whether the target is one class index for each example, so that there is an accuracy. */
  readonly classifies: boolean;
}

/** A loss that knows the loss of each example. */
export interface EachLoss extends Loss {
  /** The loss of each example, [N], differentiable in `output`. */
  readonly each: (output: Tensor, target: Tensor) => Tensor;
}

/** A loss whose target is one class for each example. */
export interface ClassLoss extends EachLoss {
  /** The target is one class index for each example. */
  readonly classifies: true;
}

/** A loss whose target has the shape of the output. */
export interface ValueLoss extends EachLoss {
  /** The target has the shape of the output. */
  readonly classifies: false;
}

/**
 * Computes the loss of a batch, a scalar. If a loss of the user's throws, or forgets its mean over
 * the batch, it throws a `Fault` that names the loss.
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
 * Computes the loss of each example, [N]. It throws a `Fault` that names the loss: `loss` if there
 * is no `each`, `shape` if `each` gives another shape, and otherwise whatever `each` throws.
 */
export const lossOfEach = (loss: Loss, output: Tensor, target: Tensor): Tensor => {
  const path = `loss ${loss.name}`;
  const { each } = loss;
  if (each === undefined) return fail('loss', path, '`each`, the loss of each example', 'none');
  const value = atOnce(
    path,
    explaining(path, () => each(output, target), 'loss'),
    'loss',
  );
  if (!isTensor(value)) return fail('loss', path, 'a tensor with the loss of each example', typeof value);
  const [count = 0] = output.shape;
  return value.rank === 1 && value.size === count
    ? value
    : fail('shape', path, `the loss of each example, [${count}]`, `a tensor ${showShape(value.shape)}`);
};

/**
 * Draws targets at the outputs. It throws a `Fault` that names the loss: `loss` if there is no
 * `sample`, and otherwise whatever `sample` throws.
 */
export const drawnTarget = (loss: Loss, output: Tensor, key: Key.Key): Tensor => {
  const path = `loss ${loss.name}`;
  const { sample } = loss;
  if (sample === undefined) return fail('loss', path, '`sample`, targets drawn at the outputs', 'none');
  const value = atOnce(
    path,
    explaining(path, () => sample(output, key), 'loss'),
    'loss',
  );
  return isTensor(value) ? value : fail('loss', path, 'a tensor of drawn targets', typeof value);
};

/** A batch has an example, of which the mean is taken. */
export const checkSome = (name: string, { shape }: Tensor): void => {
  if (shape.includes(0))
    fail('shape', name, 'at least one example and one output', `outputs ${showShape(shape)}`);
};
