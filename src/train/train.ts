/**
 * The training loop: shuffle by key, one method step and one optimizer update a batch, metrics after each epoch.
 * It is a stream of typed events; whoever reads it decides what to show, to keep, and when to stop.
 */
import { nextFrame, type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import {
  attempt,
  dispose,
  error,
  Fault,
  Key,
  type ProxpropError,
  readsStall,
  scope,
  type Shape,
  toNumber,
  type Tree,
  whole,
} from '../core';
import { deviceLost } from '../backend';
import { type AnyLayer, type Chain, inTraining, type ParametersOfAll } from '../layer';
import { type Loss } from '../loss';
import { initOptimizer, momentsOf, type Optimizer, type OptimizerState, stepOptimizer } from '../optimizer';
import { type Method, problemOf } from '../schedule';
import { runDirection } from '../step';
import { batchesOf, batchOf } from './batches';
import { firstNonFinite } from './evaluate';
import { hostCopy } from './hostCopy';
import {
  checkSplits,
  copy,
  epochEvent,
  type EpochEvent,
  type FailedEvent,
  type Splits,
  type TrainEvent,
} from './events';

export interface TrainOptions<P extends Tree.Tree> extends Splits {
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
}

/**
 * Train a network. Everything that the loop makes it frees, also when the reader stops early; the parameters in
 * the last event are the reader's. A loss that is not finite ends it with `loss error at epoch …, step …`, and
 * so does every other failure, each with the last parameters that gave a finite loss; where the device is lost,
 * with those at the start of the epoch, which are then held on the host.
 *
 * @example
 * for await (const event of train(net, softmaxCrossEntropy, options))
 *   if (event.tag === 'epoch') console.log(event.epoch, event.testAccuracy);
 */
export async function* train<Ls extends readonly AnyLayer[]>(
  net: Chain<Ls, Shape, Shape>,
  loss: Loss,
  options: TrainOptions<ParametersOfAll<Ls> & Tree.Tree>,
): AsyncGenerator<TrainEvent<ParametersOfAll<Ls> & Tree.Tree>, void, undefined> {
  type P = ParametersOfAll<Ls> & Tree.Tree;
  let parameters: P = copy(options.parameters);
  /**
   * The last that gave a finite loss: what a failure hands back. From a forward pass to the end of its step these are the
   * parameters themselves, so that at no time there are three copies.
   */
  let good: P = parameters;
  /** On a device that may be lost: the parameters at the start of the epoch, out of its reach. */
  let beyond: (() => P) | undefined;
  const held = { handedOver: false };
  let state: OptimizerState<P> = [];
  /** Free all that the loop holds, except what is handed over. */
  const free = (kept?: P): void => {
    if (parameters !== kept) dispose(parameters);
    if (good !== kept && good !== parameters) dispose(good);
    dispose(...momentsOf(state));
    state = [];
    held.handedOver = true;
  };
  const failed = (e: ProxpropError): FailedEvent<P> => {
    const lost = deviceLost();
    const rescued = lost === undefined ? undefined : beyond?.();
    free(rescued === undefined ? good : undefined);
    return { tag: 'failed', error: lost ?? e, parameters: rescued ?? good };
  };
  try {
    const prepared = attempt(() => {
      whole('epochs', options.epochs, 0);
      whole('batch size', options.batchSize, 1);
      checkSplits(net, loss, options);
      return {
        ...problemOf(net, loss, options.method),
        state: scope(() => initOptimizer(options.optimizer, parameters)),
      };
    });
    if (E.isLeft(prepared)) {
      yield failed(prepared.left);
      return;
    }
    const fixed = prepared.right;
    /** The problem of one batch: layers that are random in training draw anew for each. */
    const drawn = (key: Key.Key) =>
      net.training === undefined ? fixed : problemOf(inTraining(net, key), loss, options.method);
    state = prepared.right.state;
    let seconds = 0;

    const metrics = (epoch: number): E.Either<ProxpropError, EpochEvent> =>
      attempt(() => epochEvent(net, loss, parameters, options, epoch, seconds));

    const oneStep = (place: string, order: Int32Array, key: Key.Key, diagnosed: boolean) =>
      attempt(() =>
        scope(() => {
          const { energy, step } = drawn(key);
          const example = batchOf(options.train, order);
          let lossBefore = Number.NaN;
          const afterForward = (value: Tensor): void => {
            lossBefore = toNumber(value);
            if (!Number.isFinite(lossBefore)) throw new Fault(notFinite(place, order, lossBefore));
            if (good !== parameters) dispose(good);
            good = parameters;
          };
          const run = runDirection(energy, step, parameters, example, 'fast', diagnosed, afterForward);
          const { direction, solves, diagnostics } = run;
          const stepped = stepOptimizer(options.optimizer, direction, state, parameters);
          return { ...stepped, loss: lossBefore, solves, diagnostics };
        }),
      );

    const notFinite = (place: string, order: Int32Array, found: number): ProxpropError =>
      error(
        'loss',
        place,
        'a finite loss',
        `${found}; ${firstNonFinite(net, parameters, options.train, order)} is not finite`,
      );

    const before = metrics(0);
    if (E.isLeft(before)) {
      yield failed(before.left);
      return;
    }
    yield before.right;
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      const key = Key.fold(options.key, epoch);
      if (readsStall()) beyond = await hostCopy(parameters, beyond);
      const batches = batchesOf(Key.permutation(key, options.train.count), options.batchSize);
      for (const [i, order] of batches.entries()) {
        // Let timers and signals in: between batches the event loop is free.
        await nextFrame();
        const lost = deviceLost();
        if (lost !== undefined) {
          yield failed(lost);
          return;
        }
        const started = performance.now();
        const { diagnostics: when } = options;
        const diagnosed = when === 'batch' || (when === 'epoch' && i === batches.length - 1);
        const place = `epoch ${epoch}, step ${i + 1}`;
        const result = oneStep(place, order, Key.fold(key, i + 1), diagnosed);
        seconds += (performance.now() - started) / 1000;
        if (E.isRight(result)) seconds -= result.right.diagnostics?.seconds ?? 0;
        if (E.isLeft(result)) {
          // A read may fail before the device is known to be lost.
          await nextFrame();
          yield failed(result.left);
          return;
        }
        const next = result.right;
        // Those before this update stay, as the last good ones.
        ({ parameters, state } = next);
        yield {
          tag: 'batch',
          epoch,
          batch: i + 1,
          batches: batches.length,
          loss: next.loss,
          solves: next.solves,
        };
        if (next.diagnostics !== undefined)
          yield { tag: 'diagnostics', epoch, batch: i + 1, ...next.diagnostics };
      }
      const after = metrics(epoch);
      if (E.isLeft(after)) {
        yield failed(after.left);
        return;
      }
      yield after.right;
      if (!Number.isFinite(after.right.trainLoss)) {
        const order = batches.at(-1) ?? new Int32Array(0);
        yield failed(notFinite(`epoch ${epoch}, step ${batches.length}`, order, after.right.trainLoss));
        return;
      }
    }
    free(parameters);
    yield { tag: 'done', parameters };
  } finally {
    if (!held.handedOver) free();
  }
}
