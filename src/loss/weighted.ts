/** Examples that count by weights. */
import {
  div,
  fill,
  greater,
  greaterEqual,
  mul,
  onesLike,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { explaining, fail, isTensor, readsStall, showShape } from '../core';
import { checkValues } from '../replay';
import { type EachLoss, type Loss, lossOfEach } from './loss';

/**
 * Checks that a tensor holds finite weights of at least 0. It throws a `Fault` that names the first
 * bad one. On a GPU it does not read them.
 */
const checkWeights = (name: string, weights: Tensor): void => {
  const found: unknown = weights;
  const place = `weights of loss ${name}`;
  if (!isTensor(found)) fail('data', place, 'a tensor [N], one weight an example', typeof found);
  if (readsStall()) return;
  const check = (numbers: ArrayLike<number>): void => {
    const bad = Array.from(numbers).findIndex((w) => !(w >= 0 && w < Infinity));
    if (bad >= 0)
      fail(
        'data',
        `weights[${bad}] of loss ${name}`,
        'a finite weight of at least 0',
        `${numbers[bad] ?? ''}`,
      );
  };
  explaining(
    place,
    () => {
      checkValues(weights, check);
    },
    'data',
  );
};

/**
 * Makes a loss NaN if weights that nobody read are invalid: 0 times NaN or ∞ is NaN, and a negative
 * weight becomes NaN.
 */
const orNan = (weights: Tensor): Tensor =>
  readsStall() ? where(greaterEqual(weights, 0), weights, fill(weights.shape, Number.NaN)) : weights;

/**
 * The weighted mean of a loss over a batch of N examples, with weights w [N] of at least 0:
 *
 *     Σ_n w_n·ℓ_n / Σ_n w_n
 *
 * A weight of 2 counts an example twice, and equal weights change nothing. A weight of 0 masks an
 * example, even one whose loss is not finite; if all are masked, the loss is 0. The loss of each
 * example is N·w_n·ℓ_n/Σw, whose mean is the value. A weighted square is no square to a method: an
 * implicit step on the last link linearises it.
 *
 * Weights of examples (`ExampleArrays.weights`) reach the loss without this function, batch by
 * batch: each batch is divided by its own Σw.
 *
 * The result throws a `Fault`: `loss` if the loss has no `each`, `shape` if the weights are not one
 * an example.
 *
 * @param loss a loss that knows the loss of each example
 * @param weights w
 * @throws a `Fault` (`data`) that names the first weight which is negative or not finite. On a GPU,
 *   where a read would stall, the loss is NaN instead
 *
 * @example weighted(squaredError, tensor1d([1, 1, 2])).value(output, target)
 */
export const weighted = (loss: Loss, weights: Tensor): EachLoss => {
  checkWeights(loss.name, weights);
  const scaled = (output: Tensor, target: Tensor): { readonly terms: Tensor; readonly total: Tensor } => {
    const [count = 0] = output.shape;
    if (weights.rank !== 1 || weights.size !== count)
      fail('shape', `weights of loss ${loss.name}`, `[${count}], one an example`, showShape(weights.shape));
    const each = lossOfEach(loss, output, target);
    const w = orNan(weights);
    const all = sum(w);
    // Chosen, not multiplied: 0 · ∞ is NaN.
    const counted = where(greater(w, 0), each, zerosLike(each));
    return { terms: mul(counted, w), total: where(greater(all, 0), all, onesLike(all)) };
  };
  return {
    name: `weighted ${loss.name}`,
    classifies: loss.classifies,
    ...(loss.sample === undefined ? {} : { sample: loss.sample }),
    value: (output, target) => {
      const { terms, total } = scaled(output, target);
      return div(sum(terms), total);
    },
    each: (output, target) => {
      const { terms, total } = scaled(output, target);
      return mul(terms, div(terms.size, total));
    },
  };
};

/** The loss on a batch: weighted, if its examples have weights. */
export const lossOn = (loss: Loss, weights: Tensor | undefined): Loss =>
  weights === undefined ? loss : weighted(loss, weights);
