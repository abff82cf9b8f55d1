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
import { type Memory } from '../energy';
import { type AnyLayer } from '../layer';
import { type Loss } from '../loss';
import { type OptimizerState } from '../optimizer';
import { type ReadReport } from '../solver';
import { type BlockSolve, type Diagnostics } from '../step';
import { checkFit } from './batches';
import { checkIsExamples } from './checkOptions';
import { type Evaluation, metricsOf, type MetricValues } from './evaluate';
import { type Metric } from './metric';

/** The sets of examples of a training. */
export interface Splits {
  readonly train: Examples;
  /** Examples that the parameters are measured on, and nothing else. Default: none. */
  readonly test?: Examples;
  /** Others, by which the reader chooses, such as when to stop. Default: none. */
  readonly validation?: Examples;
}

/** Further metrics of each set of examples, by their names. */
export interface SplitMetrics {
  /** Not where the training loss is a running mean. */
  readonly train?: MetricValues;
  readonly test?: MetricValues;
  readonly validation?: MetricValues;
}

/** What the parameters are worth. `T` is `number` where there are test examples, for which there is a loss. */
export interface Measures<T extends number | null = number> {
  readonly trainLoss: number;
  readonly testLoss: T;
  readonly testAccuracy: number | null;
  /** Where there are validation examples. */
  readonly validationLoss?: number;
  /** The same; `null` for losses without classes. */
  readonly validationAccuracy?: number | null;
  /** Where `metrics` are asked for. */
  readonly metrics?: SplitMetrics;
}

/** After each epoch that is evaluated, and as epoch 0 before the first. */
export interface EpochEvent<
  T extends number | null = number,
  P extends Tree.Tree = Tree.Tree,
> extends Measures<T> {
  readonly tag: 'epoch';
  readonly epoch: number;
  /**
   * The parameters that were measured: the loop's, which live until the reader asks for the next event or leaves. The field is not
   * enumerable: events are written as lines, and compared, by their numbers.
   */
  readonly parameters: P;
  /** Time of training alone, without evaluation, summed from the start. */
  readonly seconds: number;
}

/** An `epoch` event, whose parameters stand beside its numbers. */
export const epochEvent = <T extends number | null, P extends Tree.Tree>(
  epoch: number,
  seconds: number,
  measures: Measures<T>,
  parameters: P,
): EpochEvent<T, P> =>
  Object.defineProperty({ tag: 'epoch', epoch, seconds, ...measures, parameters } as const, 'parameters', {
    enumerable: false,
  });

/** On request, after some batches inside an epoch. */
export interface EvaluationEvent<T extends number | null = number> extends Measures<T> {
  readonly tag: 'evaluation';
  readonly epoch: number;
  readonly batch: number;
  /** Time of training alone, without evaluation, summed from the start. */
  readonly seconds: number;
}

/** What a step did, on request. */
export interface Watched<P extends Tree.Tree> {
  /** The parameters after the step: the loop's, which live until the reader asks for the next event or leaves. */
  readonly parameters: P;
  /** The rate that the direction was scaled by; `null` for an optimizer without one. */
  readonly learningRate: number | null;
  /** ‖direction‖ over all parameters. */
  readonly directionNorm: number;
  /** ‖θ_after − θ_before‖ over all parameters, as they are rounded. */
  readonly updateNorm: number;
}

/** After each batch. */
export interface BatchEvent<P extends Tree.Tree = Tree.Tree> {
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
  /** On request: what the step did. */
  readonly watched?: Watched<P>;
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
  /** What the method remembers from batch to batch: an empty tree, but for averages (`exact`). */
  readonly memory: Memory;
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

/** An event of a training; `tag` says which. The last one is `done` or `failed`. */
export type TrainEvent<P extends Tree.Tree, T extends number | null = number> =
  | EpochEvent<T, P>
  | EvaluationEvent<T>
  | BatchEvent<P>
  | DiagnosticsEvent
  | CheckpointEvent<P>
  | DoneEvent<P>
  | FailedEvent<P>;

/** Examples that fit the network and the loss, or a `Fault`: `data`, `shape`. */
export const checkSplits = (net: AnyLayer, loss: Loss, { train, test, validation }: Splits): void => {
  checkStarted();
  const check = (path: string, examples: Examples): void => {
    checkIsExamples(path, examples);
    checkFit(path, net, loss, examples);
  };
  check('train', train);
  if (test !== undefined) check('test', test);
  if (validation !== undefined) check('validation', validation);
};

/** Examples that are evaluated at once: a batch of training, which needs more memory, but for batches so small that time is lost. */
const FEW = 100;

/** How the parameters are measured. */
export interface Measuring extends Splits {
  readonly batchSize?: number;
  readonly metrics?: readonly Metric[];
  /** How many examples of each set are looked at. Default: all. */
  readonly part?: number;
}

/**
 * What the parameters are worth, or a `Fault` that says on which examples. Where the training loss is known already, no training
 * example is looked at.
 */
export const measuresOf = async (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  { train, test, validation, batchSize, metrics, part }: Measuring,
  running?: number,
): Promise<Measures<number | null>> => {
  const asked = {
    ...(batchSize === undefined ? {} : { batchSize: Math.max(FEW, batchSize) }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(part === undefined ? {} : { part }),
  };
  const on = async (place: string, examples: Examples): Promise<Evaluation> =>
    orThrow(
      E.mapLeft((e: ProxpropError) => within(`evaluation of ${place}`, e))(
        await attemptAllTask('', () => metricsOf(net, loss, parameters, examples, asked, place))(),
      ),
    );
  const onTrain = running === undefined ? await on('train', train) : undefined;
  const onTest = test === undefined ? undefined : await on('test', test);
  const onValidation = validation === undefined ? undefined : await on('validation', validation);
  const values = Object.entries({ train: onTrain, test: onTest, validation: onValidation }).flatMap(
    ([name, found]) => (found?.metrics === undefined ? [] : [[name, found.metrics] as const]),
  );
  return {
    trainLoss: onTrain?.loss ?? running ?? Number.NaN,
    testLoss: onTest?.loss ?? null,
    testAccuracy: onTest?.accuracy ?? null,
    ...(onValidation === undefined
      ? {}
      : { validationLoss: onValidation.loss, validationAccuracy: onValidation.accuracy }),
    ...(metrics === undefined ? {} : { metrics: Object.fromEntries(values) }),
  };
};

/**
 * As `Tree.copy`, of what the user gives: freed tensors stay what they are, so that a failure that names them still has a tree to
 * hand back, of which nothing is left once it is disposed.
 */
export const copyOfLiving = <P extends Tree.Tree>(tree: P): P =>
  Tree.map((leaf) => (livesOn(leaf) && notStarted() === undefined ? leaf.clone() : leaf))(tree);
