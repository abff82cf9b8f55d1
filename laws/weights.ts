/** Law 44: weights of examples, and the loss of each. */
import * as fc from 'fast-check';
import { gather, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { Key, type Loss, squaredError, toHost, toNumber, weighted } from '../src';
import { gradientOf, lossOfEach } from '../src/internal';
import { seeds } from './arbitrary';
import { relativeDistance } from './compare';
import { all, atMost, type Law } from './law';
import { numberOf } from './numbers';

/** The function under law that weights a loss by weights [N]. */
export type Weighting = (loss: Loss, weights: Tensor) => Loss;

/** Whole weights of examples, and the size and seed of the examples. */
export interface WeightsCase {
  readonly weights: readonly number[];
  readonly size: number;
  readonly seed: number;
}

/**
 * Law 44: a whole weight w counts an example w times, in value and gradient; the mean of `each` is
 * the value, with weights and without. Tolerance: float32 rounding of sums of a few dozen numbers.
 *
 * @param loss the loss. Default: `squaredError`
 * @param weigh weights a loss. Default: `weighted`
 *
 * @example check(weightsRepeat(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const weightsRepeat = (loss: Loss = squaredError, weigh: Weighting = weighted): Law<WeightsCase> => ({
  number: numberOf('weights'),
  name: `${loss.name}: a weight of w is the example w times, and each averages to the value`,
  arbitrary: fc.record({
    weights: fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 5 })
      .filter((all) => all.some((w) => w > 0)),
    size: fc.integer({ min: 2, max: 4 }),
    seed: seeds,
  }),
  holds: ({ weights, size, seed }) => {
    const n = weights.length;
    const key = Key.key(seed);
    const output = Key.normal(Key.fold(key, 0), [n, size]);
    const target = loss.classifies
      ? tensor(
          Int32Array.from(Key.bits(Key.fold(key, 1), n), (word) => word % size),
          [n],
          'int32',
        )
      : Key.normal(Key.fold(key, 1), [n, size]);
    const places = tensor1d(
      weights.flatMap((w, i) => Array.from({ length: w }, () => i)),
      'int32',
    );
    const by = weigh(loss, tensor1d([...weights]));
    const found = gradientOf((y: Tensor) => by.value(y, target), output);
    const repeated = gradientOf((y: Tensor) => loss.value(gather(y, places), gather(target, places)), output);
    const [value, plain] = [toNumber(repeated.value), toNumber(loss.value(output, target))];
    const meanOf = (one: Loss): number =>
      toHost(lossOfEach(one, output, target)).reduce((a, b) => a + b, 0) / n;
    const near = (what: string, a: number, b: number) =>
      atMost(`the distance of ${what}`, Math.abs(a - b), 1e-5 * (1 + Math.abs(b)));
    return all(
      near('the value', toNumber(found.value), value),
      atMost(
        'the distance of the gradient',
        relativeDistance(toHost(found.gradient), toHost(repeated.gradient)),
        1e-5,
      ),
      near('the mean of each', meanOf(loss), plain),
      near('the mean of each with weights', meanOf(by), value),
    );
  },
});
