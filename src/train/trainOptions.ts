/** The options of a training. */
import { type Key, type Tree } from '../core';
import { type Examples } from '../example';
import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { type Splits } from './events';
import { type Metric } from './metric';
import { type Resume } from './resume';

/** How often the parameters are measured, and on which examples. */
export interface Evaluating {
  /**
   * An `epoch` event follows every so many epochs, counted from the start, and the last one.
   * Default 1.
   */
  readonly every?: number;
  /**
   * An `evaluation` event follows every so many batches within an epoch, except its last batch.
   * Default: none.
   */
  readonly everyBatches?: number;
  /** How many examples of each set are evaluated, from the first on. Default: all. */
  readonly part?: number;
  /**
   * `running`: the training loss is the mean over the batches of the epoch, each before its update
   * and as in training, which costs nothing. Epoch 0 is evaluated in any case. Default: the loss on
   * all training examples at the end of the epoch.
   */
  readonly trainLoss?: 'running';
}

/** Options of `train`. Test examples are optional. */
export interface LoopOptions<P extends Tree.Tree> extends Splits {
  /** Where to start. `train` copies these; they stay yours, unchanged. */
  readonly parameters: P;
  /** The method that gives the direction of each batch, such as `proxprop()`. */
  readonly method: Method;
  /** The optimizer that turns directions into updates, such as `adam()`. */
  readonly optimizer: Optimizer;
  /** How many epochs to train, at least 0, those of `resume` included. */
  readonly epochs: number;
  /** Examples in a batch, at least 1. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /**
   * Orders the batches. Epoch e shuffles by `fold(key, e)`, and its batch b draws dropout by
   * `fold(fold(key, e), b)`.
   */
  readonly key: Key.Key;
  /**
   * Whether a `diagnostics` event follows each batch, or the last batch of each epoch. It costs
   * about two backprop steps, which do not count as seconds of training. Default: none.
   */
  readonly diagnostics?: 'batch' | 'epoch';
  /**
   * Further metrics of every set of examples, reported in `epoch` and `evaluation` events. Default:
   * none.
   */
  readonly metrics?: readonly Metric[];
  /**
   * How often the parameters are measured, and on which examples. Default: on all examples, after
   * each epoch.
   */
  readonly evaluate?: Evaluating;
  /**
   * Whether each `batch` event has the parameters after the step, its learning rate, and the norms
   * of direction and update. Default: false.
   */
  readonly watch?: boolean;
  /** Whether each `batch` event has the time of each phase of its step. Default: false. */
  readonly profile?: boolean;
  /**
   * A `checkpoint` event follows every so many epochs, counted from the start, and the last one.
   * Default: none.
   */
  readonly checkpointEvery?: number;
  /**
   * Continues an earlier training, whose parameters you pass as `parameters`. The remaining epochs
   * give the same bytes as a training without interruption, since keys depend on epoch and batch
   * alone. Default: start at epoch 0.
   */
  readonly resume?: Resume<P>;
}

/** Options of `train` with test examples: each `epoch` event then has a test loss. */
export interface TrainOptions<P extends Tree.Tree> extends LoopOptions<P> {
  /** Examples that only measure the parameters. */
  readonly test: Examples;
}
