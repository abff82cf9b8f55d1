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
  Tree,
  within,
} from '../core';
import { deviceLost } from '../backend';
import { readScalars } from '../solver';
import { checkDeclared } from '../step';
import { type ExampleArrays, exampleOf, type Examples, gathered, inOrder, type PassBatch } from '../example';
import { type Memory } from '../energy';
import { type Layer } from '../layer';
import { type Loss, lossOn as weightedBy, lossValue } from '../loss';
import { learningRateOf, momentsOf, type Optimizer, type OptimizerState } from '../optimizer';
import { type Method } from '../schedule';
import { passOf } from './batches';
import { checkIsOptions, checkIsParameters, parametersGiven } from './checkOptions';
import { checkTraining } from './checkTraining';
import { firstNonFinite } from './evaluate';
import { type Metric } from './metric';
import { pendingOf, stepEvent, type Submitted, submitted } from './submitted';
import { everyFinite, hostCopy, inItsLayer, notFinite, stateNotFinite } from './hostCopy';
import { failIfLost, measuredOn } from './measured';
import { checkMemory } from './memory';
import { type Resume, startOf } from './resume';
import { shielded } from './shield';
import { problems, runStepOn } from './takeStep';
import {
  copyOfLiving,
  epochEvent,
  type FailedEvent,
  type Measures,
  measuresOf,
  type Splits,
  type TrainEvent,
} from './events';

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

/** Examples on which the declarations of layers are tried out. */
const FEW = 16;

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
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: TrainOptions<P>,
): AsyncGenerator<TrainEvent<P>, void, undefined>;
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined>;
export function train<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  return shielded(training(net, loss, options));
}

async function* training<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: LoopOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  const copied = attemptAll('parameters', () => {
    checkIsOptions(options, 'of a training');
    checkIsParameters(options.parameters);
    return copyOfLiving(options.parameters);
  });
  if (E.isLeft(copied)) {
    yield { tag: 'failed', error: copied.left, parameters: parametersGiven(options) };
    return;
  }
  let parameters: P = copied.right;
  /**
   * The last that gave a finite loss: what a failure hands back. From a forward pass to the end of its step these are the
   * parameters themselves, so that at no time there are three copies; where losses are read one batch behind there are four.
   */
  let lastFinite: P = parameters;
  /** Steps whose losses have not been read yet: one, while the next is computed, where reading stalls; else none. */
  const unread: Submitted<P>[] = [];
  /** The parameters at the start of the epoch, on the host: finite, and out of the reach of a device that may be lost. */
  let restore: (() => P) | undefined;
  /** Whether losses are read one batch behind. */
  const behind = readsStall();
  const life = { handedOver: false };
  let state: OptimizerState<P> = [];
  /** What the method remembers. */
  let memory: Memory = {};
  /** Where the training stands, for failures. */
  let place = '';
  /** Of the epoch so far: the losses of all examples, each by its weight, and their weights. */
  const seen = { loss: 0, weight: 0 };
  /** Free all that the loop holds, except what is handed over. */
  const free = (kept?: P): void => {
    const held = new Set([parameters, lastFinite, ...unread.map(({ before }) => before)]);
    if (kept !== undefined) held.delete(kept);
    dispose(...held, ...momentsOf(state), memory);
    memory = {};
    for (const step of unread.splice(0)) dispose(pendingOf(step));
    state = [];
    life.handedOver = true;
  };
  const failed = async (e: ProxpropError): Promise<FailedEvent<P>> => {
    // Activations that make numbers of NaN make a finite loss of parameters that are not.
    const sound = restore === undefined || (await everyFinite(lastFinite));
    const lost = deviceLost();
    const rescued = sound && lost === undefined ? undefined : restore?.();
    free(rescued === undefined ? lastFinite : undefined);
    return { tag: 'failed', error: lost ?? e, parameters: rescued ?? lastFinite };
  };
  /** Hold the parameters on the host. They and the moments are finite, or there is a `Fault` that names the tensor. */
  const secure = async (tag: 'data' | 'loss'): Promise<void> => {
    const copy = await hostCopy(tag, 'parameters', parameters);
    if (copy === undefined) return;
    const bad =
      copy.bad ?? (await stateNotFinite(tag, 'optimizer', state)) ?? (await notFinite(tag, 'method', memory));
    if (bad !== undefined && deviceLost() === undefined) throw new Fault(inItsLayer(net, bad));
    restore = copy.restore;
  };

  const notFiniteLoss = (at: P, taken: ExampleArrays, found: number, where: string): ProxpropError => {
    const part = attemptAll('', () => firstNonFinite(net, at, taken));
    const reason = E.isRight(part) ? `; ${part.right} is not finite` : '';
    return error('loss', where, 'a finite loss', `${found}${reason}`);
  };

  /** The events of all steps but the last few, and why training cannot go on, where it cannot. */
  const settleAllBut = async (
    count: number,
  ): Promise<{
    readonly events: readonly TrainEvent<P, number | null>[];
    readonly failure?: ProxpropError;
  }> => {
    const events: TrainEvent<P, number | null>[] = [];
    for (let next = unread[0]; next !== undefined && unread.length > count; next = unread[0]) {
      const { epoch, batch, before, taken, diagnostics } = next;
      const event = await stepEvent(next, unread[1]?.before ?? parameters);
      if (!Number.isFinite(event.loss)) {
        // What is being read is not freed before.
        await Promise.all(unread.map(({ numbers }) => numbers));
        return { events, failure: notFiniteLoss(before, taken, event.loss, placeOf(epoch, batch)) };
      }
      if (behind) {
        if (lastFinite !== before) dispose(lastFinite);
        lastFinite = before;
      }
      unread.shift();
      const weight = taken.weights?.reduce((a, b) => a + b, 0) ?? taken.count;
      seen.loss += event.loss * weight;
      seen.weight += weight;
      events.push(event);
      if (diagnostics !== undefined) events.push({ tag: 'diagnostics', epoch, batch, ...diagnostics });
    }
    return { events };
  };

  try {
    checkTraining(net, loss, options);
    const problem = problems(net, loss, options.method);
    const begun = startOf(options, parameters);
    state = begun.state;
    memory = begun.memory;
    // A layer that is random draws by a key for a batch alone.
    if (Object.keys(memory).length > 0) checkMemory('resume.memory', problem(options.key).energy, memory);
    let { seconds } = begun;
    await secure('data');
    /** Where reading stalls the loss is left unread; else it is known before anything is done with its gradient. */
    const oneStep = (taken: ExampleArrays, key: Key.Key, diagnosed: boolean) =>
      scope(() => {
        const example = inPhase('data', () => exampleOf(taken));
        let lossBefore = Number.NaN;
        const afterForward = (value: Tensor): void => {
          lossBefore = toNumber(value);
          if (!Number.isFinite(lossBefore))
            throw new Fault(notFiniteLoss(parameters, taken, lossBefore, place));
          if (lastFinite !== parameters) dispose(lastFinite);
          lastFinite = parameters;
        };
        const run = runStepOn(problem(key), options.optimizer, parameters, state, memory, example, {
          diagnosed,
          norms: options.watch === true,
          ...(behind ? {} : { afterForward }),
        });
        return { ...run, loss: behind ? run.loss : lossBefore };
      });

    const { every = 1, everyBatches, part, trainLoss } = options.evaluate ?? {};
    const measuring = { ...options, ...(part === undefined ? {} : { part }) };
    const metrics = async (running?: number): Promise<Measures<number | null>> =>
      orThrow(await measuredOn(() => measuresOf(net, loss, parameters, measuring, running))());

    /** Once an epoch, and outside its seconds: a false declaration would make false steps that pass for solved. */
    const tryDeclared = async (taken: ExampleArrays, key: Key.Key): Promise<void> => {
      const { input, target, weights } = exampleOf(gathered(taken, inOrder(Math.min(FEW, taken.count))));
      dispose(target, ...(weights === undefined ? [] : [weights]));
      await checkDeclared(problem(key).energy, parameters, input).finally(() => {
        dispose(input);
      });
    };

    /** The loss of the last batch at the parameters as they are, which has to be finite where no other number is wanted. */
    const lossOn = async (batch: PassBatch): Promise<number> => {
      const value = scope(() => {
        const { input, target, weights } = exampleOf(batch.examples);
        return lossValue(weightedBy(loss, weights), net.forward(parameters, input), target);
      });
      const read = measuredOn(() => readScalars([value])());
      const [found = Number.NaN] = orThrow(
        await read().finally(() => {
          value.dispose();
        }),
      );
      return found;
    };

    if (options.resume === undefined) {
      place = 'epoch 0';
      yield epochEvent(0, seconds, await metrics(), parameters);
    }
    for (let epoch = begun.epoch + 1; epoch <= options.epochs; epoch++) {
      place = `epoch ${epoch}`;
      Object.assign(seen, { loss: 0, weight: 0 });
      const key = Key.fold(options.key, epoch);
      place = placeOf(epoch, 1);
      let last: PassBatch | undefined;
      let asked = performance.now();
      for await (const read of passOf('train', net, loss, options.train, options.batchSize, key)) {
        const reading = performance.now() - asked;
        const { batch, batches, examples: taken } = read;
        last = read;
        // Let timers and signals in: between batches the event loop is free.
        await nextFrame();
        failIfLost();
        if (batch === 1) await tryDeclared(taken, Key.fold(key, batch));
        const started = performance.now();
        const { diagnostics: when } = options;
        const diagnosed = when === 'batch' || (when === 'epoch' && batch === batches);
        const rate = options.watch === true ? learningRateOf(options.optimizer, state) : null;
        const take = () => oneStep(taken, Key.fold(key, batch), diagnosed);
        const { value: result, profile: taking } =
          options.profile === true ? profiled(take) : { value: take(), profile: undefined };
        const profile = taking === undefined ? undefined : { ...taking, data: taking.data + reading };
        const { loss: found, solves, diagnostics, norms, ...next } = result;
        const step = { epoch, batch, batches, taken, before: parameters };
        const learningRate = norms === undefined ? null : rate;
        unread.push(submitted({ ...step, loss: found, solves, diagnostics, profile, norms, learningRate }));
        // Those before this update stay, as the last good ones.
        const remembered = new Set(Tree.leaves(next.memory));
        dispose(Tree.leaves(memory).filter((leaf) => !remembered.has(leaf)));
        ({ parameters, state, memory } = next);
        const { events, failure } = await settleAllBut(behind && batch < batches ? 1 : 0);
        seconds += (reading + performance.now() - started) / 1000 - (diagnostics?.seconds ?? 0);
        yield* events;
        if (failure !== undefined) throw new Fault(failure);
        if (everyBatches !== undefined && batch % everyBatches === 0 && batch < batches)
          yield { tag: 'evaluation', epoch, batch, seconds, ...(await metrics()) };
        place = placeOf(epoch, Math.min(batch + 1, batches));
        asked = performance.now();
      }
      place = `epoch ${epoch}`;
      const running = seen.loss / seen.weight;
      const evaluated = epoch % every === 0 || epoch === options.epochs;
      // Parameters of which no number is wanted have to have a finite loss all the same.
      const byPass = evaluated && trainLoss === undefined;
      const probe = byPass || last === undefined ? 0 : await lossOn(last);
      const measures = evaluated ? await metrics(byPass ? undefined : running) : { trainLoss: probe };
      const after = Number.isFinite(probe) ? measures : { ...measures, trainLoss: probe };
      if (Number.isFinite(after.trainLoss)) await secure('loss');
      // An epoch is told of once its parameters are held: else what a failure hands back would not be those measured.
      failIfLost();
      if ('testLoss' in after) yield epochEvent(epoch, seconds, after, parameters);
      if (!Number.isFinite(after.trainLoss) && last !== undefined)
        throw new Fault(
          notFiniteLoss(parameters, last.examples, after.trainLoss, placeOf(epoch, last.batches)),
        );
      failIfLost();
      const { checkpointEvery } = options;
      if (checkpointEvery !== undefined && (epoch % checkpointEvery === 0 || epoch === options.epochs))
        yield { tag: 'checkpoint', epoch, seconds, parameters, state, memory };
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
