/**
 * Training on all examples at once, with activations, multipliers and couplings that live on from sweep to sweep: what
 * the methods of auxiliary variables were published as. The same events as `train`, an epoch being a sweep.
 */
import { nextFrame, type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import {
  attempt,
  dispose,
  error,
  type ProxpropError,
  readsStall,
  scope,
  type Shape,
  Tree,
  whole,
} from '../core';
import { deviceLost } from '../backend';
import {
  forwardState,
  groupParameters,
  settled,
  type State,
  tensorsOf,
  ungroupParameters,
  valueOf,
} from '../energy';
import { type AnyLayer, type Chain, type ParametersOfAll } from '../layer';
import { type Loss } from '../loss';
import { type Method, problemOf } from '../schedule';
import { pendingResiduals, readSolves } from '../solver';
import { advance, andThen, diagnose, nothing, type Step } from '../step';
import { batchOf } from './batches';
import { firstNonFinite } from './evaluate';
import {
  checkAlive,
  checkSplits,
  copy,
  copyOfLiving,
  epochEvent,
  type FailedEvent,
  type Splits,
  type TrainEvent,
} from './events';
import { hostCopy } from './hostCopy';
import { measured } from './measured';

export interface DescendOptions<P extends Tree.Tree> extends Splits {
  /** Where to start: stays the caller's, unchanged. */
  readonly parameters: P;
  /** Its `start` is run once, from the forward state; its `schedule` is one sweep. */
  readonly method: Method;
  readonly sweeps: number;
  /** Whether each sweep is followed by a `diagnostics` event. Default: no. */
  readonly diagnostics?: boolean;
}

/** Free the tensors of a state that the next one does not hold. */
const disposeState = (state: State, next?: State): void => {
  const kept = new Set(next === undefined ? [] : tensorsOf(next));
  dispose(tensorsOf(state).filter((t) => !kept.has(t)));
};

/** All examples as one batch, and the forward state at the parameters, which are copied. */
interface Begun {
  readonly state: State;
  readonly target: Tensor;
}

/**
 * Descend the energy of a method over all examples at once. There is no optimizer: parameters are those of the state.
 * Layers that are random in training are as in evaluation. Everything that the loop makes it frees, also when the
 * reader stops early; the parameters in the last event are the reader's. Every failure is a `failed` event with the last
 * parameters that gave a finite loss: `options` for bad hyperparameters, `data` and `shape` for examples, `schedule` for a
 * method that does not fit, `loss` for parameters whose loss is not finite; `backend` where the device is lost, with those at the
 * start of the sweep, which are then held on the host.
 *
 * @example
 * for await (const event of descend(net, softmaxCrossEntropy, { parameters, method: admm(), train, test, sweeps: 20 }))
 *   if (event.tag === 'epoch') console.log(event.epoch, event.trainLoss);
 */
export async function* descend<Ls extends readonly AnyLayer[]>(
  net: Chain<Ls, Shape, Shape>,
  loss: Loss,
  options: DescendOptions<ParametersOfAll<Ls> & Tree.Tree>,
): AsyncGenerator<TrainEvent<ParametersOfAll<Ls> & Tree.Tree>, void, undefined> {
  type P = ParametersOfAll<Ls> & Tree.Tree;
  /** The last that gave a finite loss. */
  let good: P = copyOfLiving(options.parameters);
  let current: Begun | undefined;
  /** On a device that may be lost: the parameters at the start of the sweep, out of its reach. */
  let beyond: (() => P) | undefined;
  let handedOver = false;
  const failed = (e: ProxpropError): FailedEvent<P> => {
    const lost = deviceLost();
    const rescued = lost === undefined ? undefined : beyond?.();
    handedOver = rescued === undefined;
    return { tag: 'failed', error: lost ?? e, parameters: rescued ?? good };
  };
  try {
    const prepared = attempt(() => {
      whole('sweeps', options.sweeps, 0);
      checkSplits(net, loss, options);
      checkAlive('parameters', options.parameters);
      const order = Int32Array.from({ length: options.train.count }, (_, i) => i);
      const problem = problemOf(net, loss, options.method);
      const begun = scope((): Begun => {
        const { input, target } = batchOf(options.train, order);
        return {
          state: forwardState(problem.energy, groupParameters(problem.energy, copy(good)), input),
          target,
        };
      });
      return { ...problem, begun, order };
    });
    if (E.isLeft(prepared)) {
      yield failed(prepared.left);
      return;
    }
    const { energy, start, sweep, order } = prepared.right;
    current = prepared.right.begun;
    let seconds = 0;

    /** A step, and what is measured at its end. */
    const turn = ({ state, target }: Begun, step: Step) =>
      attempt(() =>
        scope(() => {
          const started = performance.now();
          const { state: moved, solves } = advance(energy, step, state, target);
          const next = settled(moved);
          seconds += (performance.now() - started) / 1000;
          const values = next.parameters.map((v) => valueOf(v));
          const now = ungroupParameters(energy, values, options.parameters);
          const parameters: P = copy(Tree.fromLeaves(options.parameters, Tree.leaves(now)));
          const diagnostics =
            options.diagnostics === true ? diagnose(energy, state, next, target) : undefined;
          return { state: next, target, parameters, solves, diagnostics };
        }),
      );

    let lossBefore = Number.NaN;
    for (let epoch = 0; epoch <= options.sweeps; epoch++) {
      // Let timers and signals in: between sweeps the event loop is free.
      await nextFrame();
      const lost = deviceLost();
      if (lost !== undefined) {
        yield failed(lost);
        return;
      }
      if (readsStall()) beyond = await hostCopy(good, beyond);
      const step = epoch === 0 ? nothing : epoch === 1 ? andThen(start, sweep) : sweep;
      const done = turn(current, step);
      if (E.isLeft(done)) {
        // A read may fail before the device is known to be lost.
        await nextFrame();
        yield failed(done.left);
        return;
      }
      const { parameters, solves, diagnostics } = done.right;
      disposeState(current.state, done.right.state);
      current = done.right;
      const after = await measured(async () => {
        const read = await readSolves(solves)().finally(() => {
          dispose(pendingResiduals(solves));
        });
        return { read, event: await epochEvent(net, loss, parameters, options, epoch, seconds) };
      })();
      if (E.isLeft(after)) {
        dispose(parameters);
        yield failed(after.left);
        return;
      }
      const { event, read } = after.right;
      if (!Number.isFinite(event.trainLoss)) {
        const place = firstNonFinite(net, parameters, options.train, order.subarray(0, 1000));
        const found = `${event.trainLoss}; ${place} is not finite`;
        dispose(parameters);
        yield failed(error('loss', `sweep ${epoch}`, 'a finite loss', found));
        return;
      }
      dispose(good);
      good = parameters;
      if (epoch > 0) yield { tag: 'batch', epoch, batch: 1, batches: 1, loss: lossBefore, solves: read };
      if (epoch > 0 && diagnostics !== undefined)
        yield { tag: 'diagnostics', epoch, batch: 1, ...diagnostics };
      yield event;
      lossBefore = event.trainLoss;
    }
    const lost = deviceLost();
    if (lost !== undefined) {
      yield failed(lost);
      return;
    }
    handedOver = true;
    yield { tag: 'done', parameters: good };
  } finally {
    if (current !== undefined) {
      disposeState(current.state);
      dispose(current.target);
    }
    if (!handedOver) dispose(good);
  }
}
