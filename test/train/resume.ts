/** What the tests of checkpoints train. */
import {
  type AnyChain,
  chain,
  Key,
  linear,
  type Method,
  type Optimizer,
  relu,
  type TrainOptions,
  Tree,
} from '../../src';
import { boxes } from '../support';

/** Parameters of a chain of any layers. */
export type P = readonly Tree.Tree[];

export interface Setting {
  readonly net: AnyChain;
  readonly method: Method;
  readonly optimizer: Optimizer.Optimizer;
}

export const plain: AnyChain = chain(linear(6, 8), relu(8), linear(8, 3));

export const EPOCHS = 4;

// Batches of unequal size: 44 = 2 · 16 + 12.
const data = boxes(1, 44, 6, 3);

/** A checkpoint after each of four epochs of three batches. */
export const optionsOf = (
  { method, optimizer }: Omit<Setting, 'net'>,
  parameters: P,
  change: Partial<TrainOptions<P>> = {},
): TrainOptions<P> => ({
  ...{ parameters, method, optimizer, train: data, test: data },
  ...{ epochs: EPOCHS, batchSize: 16, key: Key.key(3), checkpointEvery: 1 },
  ...change,
});

/** The bits of all numbers of trees. */
export const bitsOf = async (...trees: readonly Tree.Tree[]): Promise<readonly Uint32Array[]> =>
  Promise.all(
    trees
      .flatMap((tree) => Tree.leaves(tree))
      .map(async (leaf) => new Uint32Array((await leaf.data<'float32'>()).slice().buffer)),
  );
