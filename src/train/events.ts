/** The events of `train` and `descend`, and the sets of examples that both take. */
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
  /** The examples to train on. */
  readonly train: Examples;
  /** Examples that only measure the parameters. Default: none. */
  readonly test?: Examples;
  /** Examples for your choices, such as when to stop. Default: none. */
  readonly validation?: Examples;
}

/** Further metrics of each set of examples, by name. */
export interface SplitMetrics {
  /** Missing if the training loss is a running mean. */
  readonly train?: MetricValues;
  /** Missing without test examples. */
  readonly test?: MetricValues;
  /** Missing without validation examples. */
  readonly validation?: MetricValues;
}

/**
 * Losses and metrics of the parameters. With test examples, `T` is `number`; otherwise the test
 * loss is `null`.
 */
export interface Measures<T extends number | null = number> {
  /**
   * The mean loss over the training examples, or over the batches of the epoch
   * (`Evaluating.trainLoss`).
   */
  readonly trainLoss: number;
  /** The mean loss over the test examples; `null` without test examples. */
  readonly testLoss: T;
  /**
   * The accuracy on the test examples, 0 to 1; `null` without test examples or for losses without
   * classes.
   */
  readonly testAccuracy: number | null;
  /** The mean loss over the validation examples; missing without them. */
  readonly validationLoss?: number;
  /** The accuracy on the validation examples, 0 to 1; `null` for losses without classes. */
  readonly validationAccuracy?: number | null;
  /** The values of the option `metrics`; missing without that option. */
  readonly metrics?: SplitMetrics;
}

/** Follows each epoch that is evaluated. Epoch 0 measures the initial parameters. */
export interface EpochEvent<
  T extends number | null = number,
  P extends Tree.Tree = Tree.Tree,
> extends Measures<T> {
  readonly tag: 'epoch';
  /** The epoch: 0 before the first, then from 1. */
  readonly epoch: number;
  /**
   * The parameters that were measured. They belong to the stream and live until you ask for the
   * next event or stop. The field is not enumerable, so events are printed and compared by their
   * numbers alone.
   */
  readonly parameters: P;
  /** Seconds of training since the start, without evaluation. */
  readonly seconds: number;
}

/** An `epoch` event. Its parameters are a property that is not enumerable. */
export const epochEvent = <T extends number | null, P extends Tree.Tree>(
  epoch: number,
  seconds: number,
  measures: Measures<T>,
  parameters: P,
): EpochEvent<T, P> =>
  Object.defineProperty({ tag: 'epoch', epoch, seconds, ...measures, parameters } as const, 'parameters', {
    enumerable: false,
  });

/** Measures of the parameters inside an epoch, if you set `evaluate.everyBatches`. */
export interface EvaluationEvent<T extends number | null = number> extends Measures<T> {
  readonly tag: 'evaluation';
  readonly epoch: number;
  /** The batch after which the parameters were measured. */
  readonly batch: number;
  /** Seconds of training since the start, without evaluation. */
  readonly seconds: number;
}

/** The parameters and norms of a step, if you set `watch`. */
export interface Watched<P extends Tree.Tree> {
  /**
   * The parameters after the step. They belong to the stream and live until you ask for the next
   * event or stop.
   */
  readonly parameters: P;
  /** The learning rate of the step; `null` if the optimizer has none. */
  readonly learningRate: number | null;
  /** ‖θ_before − θ_after‖ of the method, over all parameters. */
  readonly directionNorm: number;
  /** ‖θ_after − θ_before‖ of the optimizer's update in float32, over all parameters. */
  readonly updateNorm: number;
}

/** Follows each batch. */
export interface BatchEvent<P extends Tree.Tree = Tree.Tree> {
  readonly tag: 'batch';
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The batch within the epoch, from 1 to `batches`. */
  readonly batch: number;
  /** The number of batches in an epoch. */
  readonly batches: number;
  /**
   * J on this batch before the update: for the losses of this library the mean over its examples.
   */
  readonly loss: number;
  /** The reports of the implicit steps. */
  readonly solves: readonly ReadReport<BlockSolve>[];
  /** The time of each phase of the step, if you set `profile`. */
  readonly profile?: Profile;
  /** The parameters and norms of the step, if you set `watch`. */
  readonly watched?: Watched<P>;
}

/** The effect of the schedule on the energy of a batch, if you set `diagnostics`. */
export interface DiagnosticsEvent extends Diagnostics {
  readonly tag: 'diagnostics';
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Everything that a training needs to continue from here, if you set `checkpointEvery`. It follows
 * the `epoch` event. The tensors belong to the stream and live until you ask for the next event or
 * stop. To keep them, save them first, or copy them (`Optimizer.copyState`, `Tree.copy`).
 */
export interface CheckpointEvent<P extends Tree.Tree> {
  readonly tag: 'checkpoint';
  /** Epochs trained so far. */
  readonly epoch: number;
  /** Seconds of training since the start, without evaluation. */
  readonly seconds: number;
  readonly parameters: P;
  /** The state of the optimizer. */
  readonly state: OptimizerState<P>;
  /**
   * The memory of the method from batch to batch, such as running means (`exact`). An empty tree
   * for methods without memory.
   */
  readonly memory: Memory;
}

/** The last event of a training that ended. You dispose of its parameters. */
export interface DoneEvent<P extends Tree.Tree> {
  readonly tag: 'done';
  readonly parameters: P;
}

/**
 * The last event of a training that failed, with the last parameters that were finite. You dispose
 * of them.
 */
export interface FailedEvent<P extends Tree.Tree> {
  readonly tag: 'failed';
  /** Why the training failed; `describe` formats it as one line. */
  readonly error: ProxpropError;
  readonly parameters: P;
}

/** An event of a training; `tag` says which. The last event is `done` or `failed`. */
export type TrainEvent<P extends Tree.Tree, T extends number | null = number> =
  | EpochEvent<T, P>
  | EvaluationEvent<T>
  | BatchEvent<P>
  | DiagnosticsEvent
  | CheckpointEvent<P>
  | DoneEvent<P>
  | FailedEvent<P>;

/**
 * Throws a `Fault` with tag `data`, `shape` or `options` unless the examples fit the network and
 * the loss.
 */
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

/**
 * The least number of examples that are evaluated at once. Otherwise it is the batch size of the
 * training, which needs less memory than a step does; smaller evaluation batches would take longer.
 */
const FEW = 100;

/** How the parameters are measured. */
export interface Measuring extends Splits {
  readonly batchSize?: number;
  readonly metrics?: readonly Metric[];
  /** How many examples of each set are evaluated. Default: all. */
  readonly part?: number;
}

/**
 * Measures the parameters, or throws a `Fault` that names the set of examples. If the training loss
 * is known already (`running`), no training example is evaluated.
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
 * Like `Tree.copy`, but freed tensors are returned as they are: a failure that names them can then
 * return the tree, and disposing of it is safe.
 */
export const copyOfLiving = <P extends Tree.Tree>(tree: P): P =>
  Tree.map((leaf) => (livesOn(leaf) && notStarted() === undefined ? leaf.clone() : leaf))(tree);
