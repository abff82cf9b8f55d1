/**
 * A step whose numbers have been requested and may not have arrived. On backends where reads stall,
 * the next step starts before they arrive.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { dispose, type Profile, type Tree } from '../core';
import { type ExampleArrays } from '../example';
import { type Measured, pendingResiduals, type ReadReport, readScalars, withNumbers } from '../solver';
import { type BlockSolve, type Diagnostics } from '../step';
import { type BatchEvent, type Watched } from './events';
import { type Norms } from './takeStep';

export interface Submitted<P extends Tree.Tree> {
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /** The examples, on the host. */
  readonly taken: ExampleArrays;
  /** The parameters from which the step started. */
  readonly before: P;
  readonly loss: Measured;
  readonly solves: readonly BlockSolve[];
  readonly diagnostics: Diagnostics | undefined;
  readonly profile: Profile | undefined;
  /** The norms, if they were asked for. */
  readonly norms: Norms | undefined;
  readonly learningRate: number | null;
  /**
   * The numbers of the pending scalars; empty if the device is lost. Never rejects, since its
   * reader may have left.
   */
  readonly numbers: Promise<readonly number[]>;
}

/** The scalars that have to be read. */
export const pendingOf = ({
  loss,
  solves,
  norms,
}: Pick<Submitted<Tree.Tree>, 'loss' | 'solves' | 'norms'>): readonly Tensor[] => [
  ...(typeof loss === 'number' ? [] : [loss]),
  ...(norms === undefined ? [] : [norms.direction, norms.update]),
  ...pendingResiduals(solves),
];

/** Requests the numbers now, before the next step starts. */
export const submitted = <P extends Tree.Tree>(step: Omit<Submitted<P>, 'numbers'>): Submitted<P> => ({
  ...step,
  numbers: readScalars(pendingOf(step))().catch(() => []),
});

/**
 * The event of a step that ended at `after`, once its numbers have arrived. Its scalars are freed.
 */
export const stepEvent = async <P extends Tree.Tree>(
  { epoch, batch, batches, loss, solves, profile, norms, learningRate, numbers }: Submitted<P>,
  after: P,
): Promise<BatchEvent<P>> => {
  const read = [...(await numbers)];
  dispose(pendingOf({ loss, solves, norms }));
  const next = (): number => read.shift() ?? Number.NaN;
  const found = typeof loss === 'number' ? loss : next();
  const watched: Watched<P> | undefined =
    norms === undefined
      ? undefined
      : { parameters: after, learningRate, directionNorm: next(), updateNorm: next() };
  const residuals = read;
  const reports: readonly ReadReport<BlockSolve>[] = withNumbers(solves, residuals);
  return {
    tag: 'batch',
    epoch,
    batch,
    batches,
    loss: found,
    solves: reports,
    ...(profile === undefined ? {} : { profile }),
    ...(watched === undefined ? {} : { watched }),
  };
};
