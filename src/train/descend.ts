/**
 * Training on all examples at once, with activations, multipliers and couplings that live on from sweep to sweep: what
 * the methods of auxiliary variables were published as. The same events as `train`, an epoch being a sweep.
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
import { type Method, problemOf } from '../schedule';
import { pendingResiduals, readSolves } from '../solver';
import { advance, andThen, diagnose, nothing, type Step } from '../step';
import { wholeOf } from './batches';
import { checkMetrics, checkProblem } from './checkOptions';
import { failureOf, lossNotFinite, ownCopy } from './ending';
import { checkSplits, epochEvent, measuresOf, type Splits, type TrainEvent } from './events';
import { hostCopy, inItsLayer } from './hostCopy';
import { failIfLost, measuredOn } from './measured';
import { type Metric } from './metric';
import { shielded } from './shield';

/** Options of a descent that may have no test examples. */
export interface DescentOptions<P extends Tree.Tree> extends Splits {
  /** Where to start: stays the caller's, unchanged. */
  readonly parameters: P;
  /** Its `start` is run once, from the forward state; its `schedule` is one sweep. */
  readonly method: Method;
  readonly sweeps: number;
  /** Whether each sweep is followed by a `diagnostics` event. Default: no. */
  readonly diagnostics?: boolean;
  /** Further metrics of all sets of examples, in `epoch` events. Default: none. */
  readonly metrics?: readonly Metric[];
}

/** Options of a descent with test examples: then each `epoch` event has a test loss. */
export interface DescendOptions<P extends Tree.Tree> extends DescentOptions<P> {
  readonly test: Examples;
}

/** Free the tensors of a state that the next one does not hold. */
const disposeState = (state: State, next?: State): void => {
  const kept: ReadonlySet<Tensor> = next === undefined ? new Set() : tensorsOf(next);
  dispose([...tensorsOf(state)].filter((t) => !kept.has(t)));
};

/** All examples as one batch, and the forward state at the parameters, which are copied. */
interface Begun extends Omit<Example, 'input'> {
  readonly state: State;
}

/** How many examples are looked at to say where numbers stop being finite. */
const FEW = 1000;

/**
 * Descend the energy of a method over all examples at once. There is no optimizer: parameters are those of the state.
 * Layers that are random in training are as in evaluation. Everything that the loop makes it frees, also when the
 * reader stops early; the parameters in the last event are the reader's. Every failure is a `failed` event with the last
 * finite parameters that gave a finite loss: `options` for bad hyperparameters, `data` and `shape` for examples, `schedule` for a
 * method that does not fit, `loss` for parameters that are not finite, or whose loss is not; what a layer, a loss or a method of
 * your own throws, with its place and its `cause`; `backend` where the device is lost, with those at the
 * start of the sweep, which are then held on the host.
 *
 * @example
 * for await (const event of descend(net, softmaxCrossEntropy, { parameters, method: admm(), train, test, sweeps: 20 }))
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

/** Options that fit the network and the loss, or a `Fault` that names the option. */
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
      'a network without buffers, as its layers are as in evaluation',
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
  /** The last that are finite and gave a finite loss. */
  let lastFinite: P = own.right;
  let current: Begun | undefined;
  /** The same on the host, on a device that may be lost. */
  let restore: (() => P) | undefined;
  let handedOver = false;
  /** Where the descent stands, for failures. */
  let place = '';
  try {
    checkDescent(net, loss, options);
    const { energy: made, start, sweep } = problemOf(net, loss, options.method);
    const given = await hostCopy('data', 'parameters', lastFinite);
    if (given?.bad !== undefined) throw new Fault(inItsLayer(net, given.bad));
    const taken = await wholeOf('train', net, loss, options.train);
    /** For a message. */
    const few = gathered(taken, inOrder(Math.min(FEW, taken.count)));
    current = scope((): Begun => {
      const { input, ...rest } = exampleOf(taken);
      return { state: forwardState(made, groupParameters(made, Tree.copy(lastFinite)), input), ...rest };
    });
    let seconds = 0;

    /** A step, and what is measured at its end. */
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
      // Let timers and signals in: between sweeps the event loop is free.
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
    const failure = await failureOf({ thrown, doing: 'descent', place, lastFinite, restore });
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
