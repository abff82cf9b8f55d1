/**
 * One training, followed to its end: the same for cells of experiments and for contests in memory.
 */
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, dispose, Fault, type Key, Key as Keys, type ProxpropError, type Tree } from '../core';
import { type AnyChain } from '../layer';
import { logged, type Sink } from '../log';
import { type Loss } from '../loss';
import { type Optimizer, type OptimizerState } from '../optimizer';
import { type Method } from '../schedule';
import {
  type BatchEvent,
  type CheckpointEvent,
  descend,
  type DiagnosticsEvent,
  diverged,
  type EpochEvent,
  train,
  type TrainEvent,
} from '../train';
import { type Examples } from '../example';

export type Parameters = readonly Tree.Tree[];

/** A training as values and functions, without files. */
export interface Training {
  /** The network. */
  readonly net: AnyChain;
  /** The loss. */
  readonly loss: Loss;
  /** The training examples. */
  readonly train: Examples;
  /** The test examples. */
  readonly test: Examples;
  /** The method. */
  readonly method: Method;
  /** Without one, the method runs over all examples at once, by `descend`: an epoch is a sweep. */
  readonly optimizer?: Optimizer;
  /** The number of epochs. */
  readonly epochs: number;
  /** The number of examples of a batch. */
  readonly batchSize: number;
  /** Parameters are drawn from its child 0, the order of batches from its child 1. */
  readonly key: Key.Key;
  /** Default: no checkpoints. */
  readonly checkpointEvery?: number;
  /** Whether E is computed at the end of each epoch. Default false. */
  readonly diagnostics?: boolean;
  /** Whether the time of the steps is measured by phase. Default false. */
  readonly profile?: boolean;
}

/** The state from which a training resumes. `follow` takes over its tensors. */
export interface Stand {
  /** The epochs that have ended. */
  readonly epoch: number;
  /** Seconds of training until then. */
  readonly seconds: number;
  /** The parameters after that epoch. */
  readonly parameters: Parameters;
  /** The optimizer's state after that epoch. */
  readonly state: OptimizerState<Parameters>;
}

/** Functions that are told of a training. */
export interface Listener {
  /** Gives the state from which to resume. Default: the beginning. */
  readonly stand?: (initial: Parameters) => Promise<Stand | undefined>;
  /** Told after each batch. */
  readonly batch?: (event: BatchEvent) => void;
  /** Told of each `diagnostics` event. */
  readonly diagnostics?: (event: DiagnosticsEvent) => void;
  /** `stop` ends the training before this epoch counts. */
  readonly epoch?: (event: EpochEvent) => 'stop' | 'on';
  /** Logs every event before the other functions are told of it. */
  readonly log?: Sink;
  /** Told of each checkpoint, whose tensors live until the promise settles. */
  readonly checkpoint?: (event: CheckpointEvent<Parameters>) => Promise<void>;
  /** Told the trained parameters, which live until the promise settles. */
  readonly done?: (parameters: Parameters) => Promise<void>;
}

/**
 * How a training ended: `done`, with all its epochs or because the listener said stop; or
 * `diverged`, with numbers that are not finite.
 */
export type End =
  { readonly outcome: 'done' } | { readonly outcome: 'diverged'; readonly reason: ProxpropError };

const eventsOf = (
  training: Training,
  initial: Parameters,
  stand: Stand | undefined,
): AsyncGenerator<TrainEvent<Parameters>, void, undefined> => {
  const { net, loss, optimizer, method, epochs } = training;
  const common = { train: training.train, test: training.test, method };
  const diagnosed = training.diagnostics === true;
  if (optimizer === undefined)
    return descend(net, loss, { ...common, parameters: initial, sweeps: epochs, diagnostics: diagnosed });
  return train(net, loss, {
    ...common,
    parameters: stand?.parameters ?? initial,
    optimizer,
    epochs,
    batchSize: training.batchSize,
    key: Keys.fold(training.key, 1),
    profile: training.profile === true,
    ...(diagnosed ? { diagnostics: 'epoch' } : {}),
    ...(training.checkpointEvery === undefined ? {} : { checkpointEvery: training.checkpointEvery }),
    ...(stand === undefined
      ? {}
      : { resume: { epoch: stand.epoch, seconds: stand.seconds, state: stand.state } }),
  });
};

/**
 * Trains, and tells a listener of each event. A training that diverges is a result; every other
 * failure, also of the listener, is a `Left`.
 *
 * @param training network, loss, examples, method, epochs and key
 * @param listener functions of the events; a `stand` to resume from; a `log`
 *
 * @example
 * const listener: Listener = {
 *   epoch: ({ epoch, trainLoss }) => {
 *     console.log(epoch, trainLoss);
 *     return 'on';
 *   },
 * };
 * const training = { ...contest, method: backprop(), optimizer: sgd(0.1) };
 * const end = orThrow(await follow(training, listener)());
 * end.outcome // 'done'
 */
export const follow = (training: Training, listener: Listener): TE.TaskEither<ProxpropError, End> =>
  attemptTask(async (): Promise<End> => {
    const initial: Parameters = [...training.net.init(Keys.fold(training.key, 0))];
    const stand = await listener.stand?.(initial);
    try {
      const events = eventsOf(training, initial, stand);
      const sinks = listener.log === undefined ? [] : [listener.log];
      for await (const event of logged(events, ...sinks))
        switch (event.tag) {
          case 'batch':
            listener.batch?.(event);
            break;
          case 'diagnostics':
            listener.diagnostics?.(event);
            break;
          case 'epoch':
            if (listener.epoch?.(event) === 'stop') return { outcome: 'done' };
            break;
          case 'checkpoint':
            await listener.checkpoint?.(event);
            break;
          case 'done':
            try {
              await listener.done?.(event.parameters);
            } finally {
              dispose(event.parameters);
            }
            break;
          case 'unlogged':
            throw new Fault(event.error);
          case 'evaluation':
            break;
          case 'failed':
            dispose(event.parameters);
            if (!diverged(event)) throw new Fault(event.error);
            return { outcome: 'diverged', reason: event.error };
        }
      return { outcome: 'done' };
    } finally {
      dispose(initial);
      if (stand !== undefined) dispose(stand.parameters, ...stand.state.flatMap(({ moments }) => moments));
    }
  });
