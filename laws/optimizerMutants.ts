/** Optimizers that are wrong on purpose, each of which law 16 has to reject. */
import {
  abs,
  clipByValue,
  div,
  greater,
  max,
  maximum,
  mul,
  norm,
  scalar,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { Optimizer, Tree } from '../src';

const ofTrees = (name: string, f: <P extends Tree.Tree>(direction: P) => P): Optimizer.Optimizer => ({
  name,
  transforms: [
    {
      name,
      init: () => ({ step: 0, moments: [] }),
      update: (direction, { step }) => ({ direction: f(direction), slot: { step: step + 1, moments: [] } }),
    },
  ],
});

const clippedBy = (
  name: string,
  most: number,
  lengthOf: (leaf: Tensor, direction: Tree.Tree) => Tensor,
): Optimizer.Optimizer =>
  ofTrees(name, (direction) =>
    Tree.map((leaf) => {
      const length = lengthOf(leaf, direction);
      return mul(leaf, where(greater(length, most), div(scalar(most), length), scalar(1)));
    })(direction),
  );

/**
 * A mutant for law 16: it clips each tensor by its own norm.
 *
 * @param most the largest norm
 *
 * @example OptimizerMutants.clipEachTensor(1).name // 'clip each tensor'
 */
export const clipEachTensor = (most: number): Optimizer.Optimizer =>
  clippedBy('clip each tensor', most, (leaf) => norm(leaf));

/**
 * A mutant for law 16: it clips by the largest number instead of the norm.
 *
 * @param most the largest number
 *
 * @example OptimizerMutants.clipByLargest(1).name // 'clip by the largest number'
 */
export const clipByLargest = (most: number): Optimizer.Optimizer =>
  clippedBy('clip by the largest number', most, (_, direction) =>
    Tree.leaves(direction)
      .map((leaf) => max(abs(leaf)))
      .reduce(maximum),
  );

/**
 * A mutant for law 16: it clips an infinite number as if it were a number.
 *
 * @param most the largest absolute value
 *
 * @example const law = badDirectionShows(Optimizer.chain(OptimizerMutants.clipInfinity(1), sgd(0.1)));
 */
export const clipInfinity = (most: number): Optimizer.Optimizer =>
  ofTrees('clip infinity', (direction) => Tree.map((leaf) => clipByValue(leaf, -most, most))(direction));

/**
 * A mutant for law 16: every group moves all parameters.
 *
 * @example
 * const three = [sgd(0.1), adam(0.01), momentum(0.1)] as const;
 * const law = groupsApart(OptimizerMutants.ungrouped, three); // rejects it
 */
export const ungrouped: typeof Optimizer.multiTransform = (groups) =>
  Optimizer.chain(...groups.map(({ by }) => by));

/**
 * A mutant for law 16: the last group that selects a tensor moves it.
 *
 * @example
 * const three = [sgd(0.1), adam(0.01), momentum(0.1)] as const;
 * const law = groupsApart(OptimizerMutants.lastGroup, three); // rejects it
 */
export const lastGroup: typeof Optimizer.multiTransform = (groups) =>
  Optimizer.multiTransform([...groups].reverse());

/**
 * A mutant for law 16: it takes the sum of the directions instead of their mean.
 *
 * @example const law = batchesAccumulate(OptimizerMutants.sumOfBatches, 3, sgd(0.1)); // rejects it
 */
export const sumOfBatches: typeof Optimizer.accumulate = (k, optimizer) =>
  Optimizer.accumulate(k, Optimizer.chain(Optimizer.scale(k), optimizer));

/**
 * A mutant for law 16: it makes an update of each batch.
 *
 * @example const law = batchesAccumulate(OptimizerMutants.everyBatch, 3, sgd(0.1)); // rejects it
 */
export const everyBatch: typeof Optimizer.accumulate = (_k, optimizer) => optimizer;

/**
 * A mutant for law 16: its average keeps the bias of its start, which is 0.
 *
 * @example const law = averagesParameters(OptimizerMutants.biasedAverage, 0.9, sgd(0.1)); // rejects it
 */
export const biasedAverage: typeof Optimizer.averageOf = (_optimizer, state, parameters) =>
  state.at(-1)?.moments[0] ?? parameters;
