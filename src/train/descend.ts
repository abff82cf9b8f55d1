/**
 * Training on all examples at once. Activations, multipliers and couplings persist from sweep to
 * sweep, as in the published methods of auxiliary variables. The events are those of `train`; an
 * epoch is a sweep.
 */
import { nextFrame, type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { dispose, fail, Fault, readsStall, scope, type Shape, Tree, whole } from '../core';
import {
  energyOn,
  forwardState,
  groupParameters,
  reanchored,
  type State,
  tensorsOf,
  ungroupParameters,
  valueOf,
} from '../energy';
import { type Example, gathered, inOrder, exampleOf, type Examples } from '../example';
import { bufferPlaces, checkParameters, type Layer } from '../layer';
import { type Loss } from '../loss';
import { checkProblem, type Method, problemOf } from '../schedule';
import { pendingResiduals, readSolves } from '../solver';
import { advance, andThen, diagnose, nothing, type Step } from '../step';
import { wholeOf } from './batches';
import { checkMetrics } from './checkOptions';
import { failureEvent, lossNotFinite, ownCopy } from './ending';
import { checkSplits, epochEvent, measuresOf, type Splits, type TrainEvent } from './events';
import { hostCopy, inItsLayer } from './hostCopy';
import { failIfLost, measuredOn } from './measured';
import { type Metric } from './metric';
import { shielded } from './shield';

/** Options of `descend`. Test examples are optional. */
export interface DescentOptions<P extends Tree.Tree> extends Splits {
  /** Where to start. `descend` copies these; they stay yours, unchanged. */
  readonly parameters: P;
  /** Its `start` runs once, from the forward state. Its `schedule` is one sweep. */
  readonly method: Method;
  /** How many sweeps to run, at least 0. */
  readonly sweeps: number;
  /** Whether each sweep is followed by a `diagnostics` event. Default: false. */
  readonly diagnostics?: boolean;
  /** Further metrics of every set of examples, reported in `epoch` events. Default: none. */
  readonly metrics?: readonly Metric[];
}

/** Options of `descend` with test examples: each `epoch` event then has a test loss. */
export interface DescendOptions<P extends Tree.Tree> extends DescentOptions<P> {
  readonly test: Examples;
}

/** Frees the tensors of a state that the next state does not share. */
const disposeState = (state: State, next?: State): void => {
  const kept: ReadonlySet<Tensor> = next === undefined ? new Set() : tensorsOf(next);
  dispose([...tensorsOf(state)].filter((t) => !kept.has(t)));
};

/** All examples as one batch, and the forward state at copies of the parameters. */
interface Begun extends Omit<Example, 'input'> {
  readonly state: State;
}

/** The number of examples that are examined to say where numbers stop being finite. */
const FEW = 1000;

/**
 * Descends the energy of a method on all examples at once. There is no optimizer: the parameters
 * are those of the state. Layers run as in evaluation, so networks with buffers are refused.
 *
 * The stream frees everything that it makes, also if you stop reading early. You dispose of the
 * parameters in the last event, `done` or `failed`. Every failure is a `failed` event with the last
 * parameters that were finite and had a finite loss. If the device is lost, these are the
 * parameters from the start of the sweep, which are kept on the host.
 *
 * The tag of the error is `options` for bad hyperparameters, `data` or `shape` for examples,
 * `schedule` if the method does not fit the network, `loss` if the parameters or their loss are not
 * finite, and `backend` if the device is lost. If a layer, a loss or a method of your own throws,
 * the error names the place and carries the exception as its `cause`.
 *
 * `net` is the network, and `loss` its loss J.
 *
 * @example
 * const descent = { parameters, method: admm(), train, test, sweeps: 20 };
 * for await (const event of descend(net, softmaxCrossEntropy, descent))
 *   if (event.tag === 'epoch') console.log(event.epoch, event.trainLoss);
 */
export function descend<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescendOptions<P>,
): AsyncGenerator<TrainEvent<P>, void, undefined>;
export function descend<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescentOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined>;
export function descend<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescentOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  return shielded(descending(net, loss, options));
}

/** Throws a `Fault` that names the option if the options do not fit the network and the loss. */
const checkDescent = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescentOptions<P>,
): void => {
  checkProblem(net, loss, options.method);
  whole('sweeps', options.sweeps, 0);
  checkMetrics('metrics', options.metrics ?? []);
  checkSplits(net, loss, options);
  if (bufferPlaces(net).length > 0)
    fail(
      'schedule',
      'net',
      'a network without buffers, since its layers run as in evaluation',
      'one with buffers',
    );
  checkParameters('parameters', net, options.parameters);
};

async function* descending<P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescentOptions<P>,
): AsyncGenerator<TrainEvent<P, number | null>, void, undefined> {
  const own = ownCopy(options);
  if (E.isLeft(own)) {
    yield own.left;
    return;
  }
  /** The last parameters that are finite and gave a finite loss. */
  let lastFinite: P = own.right;
  let current: Begun | undefined;
  /** Makes tensors of these parameters from the host, on a device that may be lost. */
  let restore: (() => P) | undefined;
  let handedOver = false;
  /** The current place, for errors. */
  let place = '';
  try {
    checkDescent(net, loss, options);
    const { energy: made, start, sweep } = problemOf(net, loss, options.method);
    const given = await hostCopy('data', 'parameters', lastFinite);
    if (given?.bad !== undefined) throw new Fault(inItsLayer(net, given.bad));
    const taken = await wholeOf('train', net, loss, options.train);
    /** Examples for the message of a failure. */
    const few = gathered(taken, inOrder(Math.min(FEW, taken.count)));
    current = scope((): Begun => {
      const { input, ...rest } = exampleOf(taken);
      return { state: forwardState(made, groupParameters(made, Tree.copy(lastFinite)), input), ...rest };
    });
    let seconds = 0;

    /** Runs a step, and reads off the parameters at its end. */
    const turn = ({ state, ...rest }: Begun, step: Step) =>
      scope(() => {
        const energy = energyOn(made, rest);
        const { target } = rest;
        const started = performance.now();
        const { state: moved, solves } = advance(energy, step, state, target);
        const next = reanchored(moved);
        seconds += (performance.now() - started) / 1000;
        const values = next.parameters.map((v) => valueOf(v));
        const now = ungroupParameters(energy, values, options.parameters);
        const parameters: P = Tree.copy(Tree.fromLeaves(options.parameters, Tree.leaves(now)));
        const diagnostics = options.diagnostics === true ? diagnose(energy, state, next, target) : undefined;
        return { state: next, ...rest, parameters, solves, diagnostics };
      });

    let lossBefore = Number.NaN;
    for (let epoch = 0; epoch <= options.sweeps; epoch++) {
      place = `sweep ${epoch}`;
      // Timers and signals run here: between sweeps the event loop is free.
      await nextFrame();
      failIfLost();
      const step = epoch === 0 ? nothing : epoch === 1 ? andThen(start, sweep) : sweep;
      const { parameters, solves, diagnostics, ...next } = turn(current, step);
      disposeState(current.state, next.state);
      current = next;
      const after = await measuredOn(async () => {
        const read = await readSolves(solves)().finally(() => {
          dispose(pendingResiduals(solves));
        });
        const measures = await measuresOf(net, loss, parameters, options);
        const event = epochEvent(epoch, seconds, measures, parameters);
        if (!Number.isFinite(event.trainLoss))
          throw new Fault(lossNotFinite(net, parameters, few, event.trainLoss, place));
        const held = await hostCopy('loss', 'parameters', parameters);
        if (held?.bad !== undefined) throw new Fault(inItsLayer(net, held.bad));
        return { read, event, held };
      })();
      if (E.isLeft(after)) {
        dispose(parameters);
        throw new Fault(after.left);
      }
      dispose(lastFinite);
      lastFinite = parameters;
      const { event, read, held } = after.right;
      if (readsStall()) restore = held?.restore ?? restore;
      if (epoch > 0) yield { tag: 'batch', epoch, batch: 1, batches: 1, loss: lossBefore, solves: read };
      if (epoch > 0 && diagnostics !== undefined)
        yield { tag: 'diagnostics', epoch, batch: 1, ...diagnostics };
      yield event;
      lossBefore = event.trainLoss;
    }
    failIfLost();
    handedOver = true;
    yield { tag: 'done', parameters: lastFinite };
  } catch (thrown) {
    const failure = await failureEvent({ thrown, doing: 'descent', place, lastFinite, restore });
    handedOver = failure.parameters === lastFinite;
    yield failure;
  } finally {
    if (current !== undefined) {
      disposeState(current.state);
      dispose(current.target, current.weights ?? []);
    }
    if (!handedOver) dispose(lastFinite);
  }
}
