/** A step whose numbers have been asked for and need not be there yet: where reading stalls, the next step goes first. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { dispose, type Profile, type Tree } from '../core';
import { type ExampleArrays } from '../example';
import { type Measured, pendingResiduals, type ReadReport, readScalars, withNumbers } from '../solver';
import { type BlockSolve, type Diagnostics } from '../step';
import { type BatchEvent } from './events';

export interface Submitted<P extends Tree.Tree> {
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /** The examples, on the host. */
  readonly taken: ExampleArrays;
  /** The parameters that the step started from. */
  readonly before: P;
  readonly loss: Measured;
  readonly solves: readonly BlockSolve[];
  readonly diagnostics: Diagnostics | undefined;
  readonly profile: Profile | undefined;
  /** What the pending scalars are; nothing where the device is lost. Never rejected: a reader may have left. */
  readonly numbers: Promise<readonly number[]>;
}

/** The scalars that are to be read. */
export const pendingOf = ({
  loss,
  solves,
}: Pick<Submitted<Tree.Tree>, 'loss' | 'solves'>): readonly Tensor[] => [
  ...(typeof loss === 'number' ? [] : [loss]),
  ...pendingResiduals(solves),
];

/** Ask for the numbers now, before the next step is on its way. */
export const submitted = <P extends Tree.Tree>(step: Omit<Submitted<P>, 'numbers'>): Submitted<P> => ({
  ...step,
  numbers: readScalars(pendingOf(step))().catch(() => []),
});

/** The event of a step, once its numbers are there. Its scalars are freed. */
export const settled = async ({
  epoch,
  batch,
  batches,
  loss,
  solves,
  profile,
  numbers,
}: Submitted<Tree.Tree>): Promise<BatchEvent> => {
  const read = await numbers;
  dispose(pendingOf({ loss, solves }));
  const [first = Number.NaN, ...others] = read;
  const [found, residuals] = typeof loss === 'number' ? [loss, read] : [first, others];
  const reports: readonly ReadReport<BlockSolve>[] = withNumbers(solves, residuals);
  return {
    tag: 'batch',
    epoch,
    batch,
    batches,
    loss: found,
    solves: reports,
    ...(profile === undefined ? {} : { profile }),
  };
};
