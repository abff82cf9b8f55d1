/**
 * The training loop: shuffle by key, one method step and one optimizer update a batch, metrics after each epoch.
 * It is a stream of typed events; whoever reads it decides what to show, to keep, and when to stop.
 */
import { nextFrame, type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import {
  attemptAll,
  dispose,
  error,
  explained,
  Fault,
  inPhase,
  Key,
  orThrow,
  profiled,
  type ProxpropError,
  readsStall,
  scope,
  type Shape,
  toNumber,
  type Tree,
  whole,
  within,
} from '../core';
import { deviceLost } from '../backend';
import { type ExampleArrays, type PassBatch, exampleOf } from '../example';
import { checkParameters, inTraining, type Layer } from '../layer';
import { type Loss } from '../loss';
import { momentsOf, type Optimizer, type OptimizerState, stepOptimizer } from '../optimizer';
import { type Method, problemOf } from '../schedule';
import { runDirection } from '../step';
import { passOf } from './batches';
import { firstNonFinite } from './evaluate';
import { pendingOf, settled, type Submitted, submitted } from './submitted';
import { everyFinite, hostCopy, inItsLayer, stateNotFinite } from './hostCopy';
import { failIfLost, measured } from './measured';
import { type Resume, startOf } from './resume';
import { shielded } from './shield';
import {
  checkSplits,
  copyOfLiving,
  epochEvent,
  type FailedEvent,
  type EpochEvent,
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

const placeOf = (epoch: number, batch: number): string => `epoch ${epoch}, step ${batch}`;

/**
 * Train a network. Everything that the loop makes it frees, also when the reader stops early; the parameters in
 * the last event are the reader's. A loss that is not finite ends it with `loss error at epoch …, step …`, and
 * so does every other failure, each with the last parameters that gave a finite loss, where these are finite, else with
 * those at the start of the epoch, which are held on the host, as also where the device is lost. What a layer, a loss, a
 * method or an optimizer of your own throws is such a failure: it says where, and has what was thrown as its `cause`.
 * At the end of each epoch parameters and moments are looked at: what is `done`, or in a checkpoint, is finite. An `epoch` event
 * says that the device was there until these had been read; where it is lost before, the failure comes in its place.
 * Where reading stalls, the loss of a batch is read while the next one is computed, and its event comes then.
 *
 * With `checkpointEvery` it tells from time to time all that is needed to go on; the tensors of such an event are the loop's,
 * and live until the reader asks for the next one. With `resume` it goes on: events are those of the epochs to come, so
 * that there is no epoch 0; what does not fit ends it with a line that names the place under `resume`.
 *
 * @example
 * for await (const event of train(net, softmaxCrossEntropy, options))
 *   if (event.tag === 'epoch') console.log(event.epoch, event.testAccuracy);
 */
export const train = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: TrainOptions<P>,
): AsyncGenerator<TrainEvent<P>, void, undefined> => shielded(training(net, loss, options));

async function* training<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: TrainOptions<P>,
): AsyncGenerator<TrainEvent<P>, void, undefined> {
  const copied = attemptAll('parameters', () => copyOfLiving(options.parameters));
  if (E.isLeft(copied)) {
    yield { tag: 'failed', error: copied.left, parameters: options.parameters };
    return;
  }
  let parameters: P = copied.right;
  /**
   * The last that gave a finite loss: what a failure hands back. From a forward pass to the end of its step these are the
   * parameters themselves, so that at no time there are three copies; where losses are read one batch behind there are four.
   */
  let good: P = parameters;
  /** Steps whose losses have not been read yet: one, while the next is computed, where reading stalls; else none. */
  const unread: Submitted<P>[] = [];
  /** The parameters at the start of the epoch, on the host: finite, and out of the reach of a device that may be lost. */
  let beyond: (() => P) | undefined;
  /** Whether losses are read one batch behind. */
  const behind = readsStall();
  const life = { handedOver: false };
  let state: OptimizerState<P> = [];
  /** Where the training stands, for failures. */
  let place = '';
  /** Free all that the loop holds, except what is handed over. */
  const free = (kept?: P): void => {
    const held = new Set([parameters, good, ...unread.map(({ before }) => before)]);
    if (kept !== undefined) held.delete(kept);
    dispose(...held, ...momentsOf(state));
    for (const step of unread.splice(0)) dispose(pendingOf(step));
    state = [];
    life.handedOver = true;
  };
  const failed = async (e: ProxpropError): Promise<FailedEvent<P>> => {
    // Activations that make numbers of NaN make a finite loss of parameters that are not.
    const sound = beyond === undefined || (await everyFinite(good));
    const lost = deviceLost();
    const rescued = sound && lost === undefined ? undefined : beyond?.();
    free(rescued === undefined ? good : undefined);
    return { tag: 'failed', error: lost ?? e, parameters: rescued ?? good };
  };
  /** Hold the parameters on the host. They and the moments are finite, or there is a `Fault` that names the tensor. */
  const secure = async (tag: 'data' | 'loss'): Promise<void> => {
    const copy = await hostCopy(tag, 'parameters', parameters);
    if (copy === undefined) return;
    const bad = copy.bad ?? (await stateNotFinite(tag, 'optimizer', state));
    if (bad !== undefined && deviceLost() === undefined) throw new Fault(inItsLayer(net, bad));
    beyond = copy.restore;
  };

  const notFiniteLoss = (at: P, taken: ExampleArrays, found: number, where: string): ProxpropError => {
    const part = attemptAll('', () => firstNonFinite(net, at, taken));
    const reason = E.isRight(part) ? `; ${part.right} is not finite` : '';
    return error('loss', where, 'a finite loss', `${found}${reason}`);
  };

  /** The events of all steps but the last few, and why training cannot go on, where it cannot. */
  const settleAllBut = async (
    count: number,
  ): Promise<{ readonly events: readonly TrainEvent<P>[]; readonly failure?: ProxpropError }> => {
    const events: TrainEvent<P>[] = [];
    for (let next = unread[0]; next !== undefined && unread.length > count; next = unread[0]) {
      const { epoch, batch, before, taken, diagnostics } = next;
      const event = await settled(next);
      if (!Number.isFinite(event.loss)) {
        // What is being read is not freed before.
        await Promise.all(unread.map(({ numbers }) => numbers));
        return { events, failure: notFiniteLoss(before, taken, event.loss, placeOf(epoch, batch)) };
      }
      if (behind) {
        if (good !== before) dispose(good);
        good = before;
      }
      unread.shift();
      events.push(event);
      if (diagnostics !== undefined) events.push({ tag: 'diagnostics', epoch, batch, ...diagnostics });
    }
    return { events };
  };

  try {
    whole('epochs', options.epochs, 0);
    whole('batch size', options.batchSize, 1);
    if (options.checkpointEvery !== undefined) whole('checkpointEvery', options.checkpointEvery, 1);
    checkSplits(net, loss, options);
    checkParameters('parameters', net, options.parameters);
    const fixed = problemOf(net, loss, options.method);
    const begun = startOf(options, parameters);
    state = begun.state;
    let { seconds } = begun;
    await secure('data');
    /** The problem of one batch: layers that are random in training draw anew for each. */
    const drawn = (key: Key.Key) =>
      net.training === undefined ? fixed : problemOf(inTraining(net, key), loss, options.method);

    /** Where reading stalls the loss is left unread; else it is known before anything is done with its gradient. */
    const oneStep = (taken: ExampleArrays, key: Key.Key, diagnosed: boolean) =>
      scope(() => {
        const { energy, step } = drawn(key);
        const example = inPhase('data', () => exampleOf(taken));
        let lossBefore = Number.NaN;
        const afterForward = (value: Tensor): void => {
          lossBefore = toNumber(value);
          if (!Number.isFinite(lossBefore))
            throw new Fault(notFiniteLoss(parameters, taken, lossBefore, place));
          if (good !== parameters) dispose(good);
          good = parameters;
        };
        const run = runDirection(
          energy,
          step,
          parameters,
          example,
          'fast',
          diagnosed,
          behind ? undefined : afterForward,
        );
        const { direction, solves, diagnostics } = run;
        const stepped = inPhase('update', () =>
          stepOptimizer(options.optimizer, direction, state, parameters),
        );
        return { ...stepped, loss: behind ? run.loss : lossBefore, solves, diagnostics };
      });

    const metrics = async (epoch: number): Promise<EpochEvent> =>
      orThrow(await measured(() => epochEvent(net, loss, parameters, options, epoch, seconds))());

    if (options.resume === undefined) {
      place = 'epoch 0';
      yield await metrics(0);
    }
    for (let epoch = begun.epoch + 1; epoch <= options.epochs; epoch++) {
      place = `epoch ${epoch}`;
      const key = Key.fold(options.key, epoch);
      let last: PassBatch | undefined;
      let asked = performance.now();
      for await (const read of passOf('train', net, loss, options.train, options.batchSize, key)) {
        const reading = performance.now() - asked;
        const { batch, batches, examples: taken } = read;
        last = read;
        place = placeOf(epoch, batch);
        // Let timers and signals in: between batches the event loop is free.
        await nextFrame();
        failIfLost();
        const started = performance.now();
        const { diagnostics: when } = options;
        const diagnosed = when === 'batch' || (when === 'epoch' && batch === batches);
        const take = () => oneStep(taken, Key.fold(key, batch), diagnosed);
        const { value: result, profile: taking } =
          options.profile === true ? profiled(take) : { value: take(), profile: undefined };
        const profile = taking === undefined ? undefined : { ...taking, data: taking.data + reading };
        const { loss: found, solves, diagnostics, ...next } = result;
        const step = { epoch, batch, batches, taken, before: parameters };
        unread.push(submitted({ ...step, loss: found, solves, diagnostics, profile }));
        // Those before this update stay, as the last good ones.
        ({ parameters, state } = next);
        const { events, failure } = await settleAllBut(behind && batch < batches ? 1 : 0);
        seconds += (reading + performance.now() - started) / 1000 - (diagnostics?.seconds ?? 0);
        yield* events;
        if (failure !== undefined) throw new Fault(failure);
        asked = performance.now();
      }
      place = `epoch ${epoch}`;
      const after = await metrics(epoch);
      if (Number.isFinite(after.trainLoss)) await secure('loss');
      // An epoch is told of once its parameters are held: else what a failure hands back would not be those measured.
      failIfLost();
      yield after;
      if (!Number.isFinite(after.trainLoss) && last !== undefined)
        throw new Fault(
          notFiniteLoss(parameters, last.examples, after.trainLoss, placeOf(epoch, last.batches)),
        );
      failIfLost();
      const { checkpointEvery: every } = options;
      if (every !== undefined && (epoch % every === 0 || epoch === options.epochs))
        yield { tag: 'checkpoint', epoch, seconds, parameters, state };
    }
    free(parameters);
    yield { tag: 'done', parameters };
  } catch (thrown) {
    // A read may fail before the device is known to be lost.
    await nextFrame();
    yield* (await settleAllBut(0)).events;
    const { error: found } = explained('training', thrown);
    yield await failed(place === '' ? found : within(place, found));
  } finally {
    if (!life.handedOver) {
      // What is being read is not freed before.
      await Promise.all(unread.map(({ numbers }) => numbers));
      free();
    }
  }
}
