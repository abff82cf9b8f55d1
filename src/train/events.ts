/** What both training loops tell, and what they ask of their examples. */
import * as E from 'fp-ts/Either';
import {
  attemptAllTask,
  checkStarted,
  livesOn,
  notStarted,
  orThrow,
  type Profile,
  type ProxpropError,
  Tree,
  within,
} from '../core';
import { type Examples } from '../example';
import { type AnyLayer } from '../layer';
import { type Loss } from '../loss';
import { type OptimizerState } from '../optimizer';
import { type ReadReport } from '../solver';
import { type BlockSolve, type Diagnostics } from '../step';
import { checkFit } from './batches';
import { type Metrics, metricsOf } from './evaluate';

/** The two sets of examples of a training. */
export interface Splits {
  readonly train: Examples;
  readonly test: Examples;
}

/** After each epoch, and as epoch 0 before the first. */
export interface EpochEvent {
  readonly tag: 'epoch';
  readonly epoch: number;
  /** Time of training alone, without evaluation, summed from the start. */
  readonly seconds: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly testAccuracy: number | null;
}

/** After each batch. */
export interface BatchEvent {
  readonly tag: 'batch';
  readonly epoch: number;
  /** Batch within the epoch, from 1 to `batches`. */
  readonly batch: number;
  readonly batches: number;
  /** J on this batch, before the update. */
  readonly loss: number;
  /** Reports of the implicit steps. */
  readonly solves: readonly ReadReport<BlockSolve>[];
  /** On request: where the time of the step went. */
  readonly profile?: Profile;
}

/** What the schedule did to the energy on a batch: on request. */
export interface DiagnosticsEvent extends Diagnostics {
  readonly tag: 'diagnostics';
  readonly epoch: number;
  readonly batch: number;
}

/**
 * On request, after the `epoch` event of some epochs: all that training needs to go on from there. The tensors are the loop's, and
 * live until the reader asks for the next event or leaves: what is to live on is copied (`Optimizer.copyState`), or saved before.
 */
export interface CheckpointEvent<P extends Tree.Tree> {
  readonly tag: 'checkpoint';
  readonly epoch: number;
  /** Time of training alone, without evaluation, summed from the start. */
  readonly seconds: number;
  readonly parameters: P;
  readonly state: OptimizerState<P>;
}

/** The last event: trained parameters, which are now the reader's to dispose. */
export interface DoneEvent<P extends Tree.Tree> {
  readonly tag: 'done';
  readonly parameters: P;
}

/** The last event when training cannot go on, with the last good parameters, the reader's to dispose. */
export interface FailedEvent<P extends Tree.Tree> {
  readonly tag: 'failed';
  readonly error: ProxpropError;
  readonly parameters: P;
}

export type TrainEvent<P extends Tree.Tree> =
  EpochEvent | BatchEvent | DiagnosticsEvent | CheckpointEvent<P> | DoneEvent<P> | FailedEvent<P>;

/** Examples that fit the network and the loss, or a `Fault`: `data`, `shape`. */
export const checkSplits = (net: AnyLayer, loss: Loss, { train, test }: Splits): void => {
  checkStarted();
  checkFit('train', net, loss, train);
  checkFit('test', net, loss, test);
};

/** Examples that are evaluated at once: a batch of training, which needs more memory, but for batches so small that time is lost. */
const FEW = 100;

/** The measures at the end of an epoch, or a `Fault` that says on which examples. */
export const epochEvent = async (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  { train, test, batchSize }: Splits & { readonly batchSize?: number },
  epoch: number,
  seconds: number,
): Promise<EpochEvent> => {
  const evaluated = batchSize === undefined ? undefined : Math.max(FEW, batchSize);
  const on = async (name: string, examples: Examples): Promise<Metrics> =>
    orThrow(
      E.mapLeft((e: ProxpropError) => within(`evaluation of ${name}`, e))(
        await attemptAllTask('', () => metricsOf(net, loss, parameters, examples, evaluated, name))(),
      ),
    );
  const onTrain = await on('train', train);
  const onTest = await on('test', test);
  return {
    tag: 'epoch',
    epoch,
    seconds,
    trainLoss: onTrain.loss,
    testLoss: onTest.loss,
    testAccuracy: onTest.accuracy,
  };
};

/**
 * As `copy`, of what the user gives: freed tensors stay what they are, so that a failure that names them still has a tree to
 * hand back, of which nothing is left once it is disposed.
 */
export const copyOfLiving = <P extends Tree.Tree>(tree: P): P =>
  Tree.map((leaf) => (livesOn(leaf) && notStarted() === undefined ? leaf.clone() : leaf))(tree);

/** The same values in tensors of their own, which are the caller's. */
export const copy = <P extends Tree.Tree>(tree: P): P => Tree.map((leaf) => leaf.clone())(tree);
