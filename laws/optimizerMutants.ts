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

/** Each tensor is clipped by its own norm. */
export const clipEachTensor = (most: number): Optimizer.Optimizer =>
  clippedBy('clip each tensor', most, (leaf) => norm(leaf));

/** All are clipped by the largest number. */
export const clipByLargest = (most: number): Optimizer.Optimizer =>
  clippedBy('clip by the largest number', most, (_, direction) =>
    Tree.leaves(direction)
      .map((leaf) => max(abs(leaf)))
      .reduce(maximum),
  );

/** An infinite number is clipped as if it were one. */
export const clipInfinity = (most: number): Optimizer.Optimizer =>
  ofTrees('clip infinity', (direction) => Tree.map((leaf) => clipByValue(leaf, -most, most))(direction));

/** Every group moves all parameters. */
export const ungrouped: typeof Optimizer.multiTransform = (groups) =>
  Optimizer.chain(...groups.map(({ by }) => by));

/** The last group that selects a tensor has it. */
export const lastGroup: typeof Optimizer.multiTransform = (groups) =>
  Optimizer.multiTransform([...groups].reverse());

/** The sum of the directions, not their mean. */
export const sumOfBatches: typeof Optimizer.accumulate = (k, optimizer) =>
  Optimizer.accumulate(k, Optimizer.chain(Optimizer.scale(k), optimizer));

/** One update of each batch. */
export const everyBatch: typeof Optimizer.accumulate = (_k, optimizer) => optimizer;

/** The average with the bias of its start, which is 0. */
export const biasedAverage: typeof Optimizer.averageOf = (_optimizer, state, parameters) =>
  state.at(-1)?.moments[0] ?? parameters;
