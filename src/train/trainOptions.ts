/** The options of a training. */
import { type Key, type Tree } from '../core';
import { type Examples } from '../example';
import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { type Splits } from './events';
import { type Metric } from './metric';
import { type Resume } from './resume';

/** How often the parameters are measured, and on what. */
export interface Evaluating {
  /** An `epoch` event after each so many epochs, counted from the start, and after the last one. Default 1. */
  readonly every?: number;
  /** An `evaluation` event after each so many batches of an epoch, but for its end. Default: none. */
  readonly everyBatches?: number;
  /** How many examples of each set are looked at, the first ones. Default: all. */
  readonly part?: number;
  /**
   * The training loss as the mean over the batches of the epoch, each before its update and as in training: it costs nothing. Epoch 0 is
   * measured. Default: all examples, at the parameters of the end of the epoch.
   */
  readonly trainLoss?: 'running';
}

/** Options of a training that may have no test examples. */
export interface LoopOptions<P extends Tree.Tree> extends Splits {
  /** Where to start: stays the caller's, unchanged. */
  readonly parameters: P;
  readonly method: Method;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batchSize: number;
  /** Orders the batches: epoch e shuffles by `fold(key, e)`, and its batch b draws dropout by `fold(fold(key, e), b)`. */
  readonly key: Key.Key;
  /**
   * Whether each batch, or the last of each epoch, is followed by a `diagnostics` event. It costs about two backprop
   * steps, which do not count as training. Default: none.
   */
  readonly diagnostics?: 'batch' | 'epoch';
  /** Further metrics of all sets of examples, in `epoch` and `evaluation` events. Default: none. */
  readonly metrics?: readonly Metric[];
  /** How often the parameters are measured, and on what. Default: all examples, after each epoch. */
  readonly evaluate?: Evaluating;
  /** Whether each `batch` event has the parameters after the step, its learning rate, and the norms of direction and update. Default: no. */
  readonly watch?: boolean;
  /** Whether each `batch` event tells where the time of its step went. Default: no. */
  readonly profile?: boolean;
  /** A `checkpoint` event after each so many epochs, counted from the start, and after the last one. Default: none. */
  readonly checkpointEvery?: number;
  /**
   * Go on after an earlier training, whose parameters are given as `parameters`: the epochs to come, to the same bytes as without
   * a stop, as their keys depend on epoch and batch alone. Default: start at epoch 0.
   */
  readonly resume?: Resume<P>;
}

/** Options of a training with test examples: then each `epoch` event has a test loss. */
export interface TrainOptions<P extends Tree.Tree> extends LoopOptions<P> {
  readonly test: Examples;
}
