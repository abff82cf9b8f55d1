/**
 * One step of training: the direction of a method on a batch, and the update of the parameters by
 * the optimizer. `train` consists of these steps.
 */
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import type * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAll,
  attemptAllTask,
  checkStarted,
  dispose,
  error,
  fail,
  Fault,
  globalNorm,
  inPhase,
  type Key,
  orThrow,
  type ProxpropError,
  scope,
  type Shape,
  Tree,
  treeAt,
} from '../core';
import { type Example, type KeptOfBatch, type Memory } from '../energy';
import { checkParameters, type Layer, withBuffers } from '../layer';
import { type Loss } from '../loss';
import {
  checkState,
  copyState,
  initOptimizer,
  learningRateOf,
  momentsOf,
  type Optimizer,
  type OptimizerState,
  stepOptimizer,
} from '../optimizer';
import { checkProblem, type Method, type Problem, problemIn, problemOf } from '../schedule';
import { pendingResiduals, type ReadReport, readScalars, withNumbers } from '../solver';
import { type BlockSolve, type Diagnostics } from '../step';
import { checkExample, checkKey, checkOptimizer, checkStepState } from './checkOptions';
import { checkMemory } from './memory';

/**
 * The state that training passes from step to step: the parameters, including buffers, and the
 * state of the optimizer.
 */
export interface TrainState<P extends Tree.Tree> {
  readonly parameters: P;
  /** The state of the optimizer. */
  readonly optimizerState: OptimizerState<P>;
  /** The memory of the method, such as running means of AᵀA; see `exact`. Default: empty. */
  readonly memory?: Memory;
}

/** The problem of each batch. Layers and methods that are random draw anew for each. */
export const problems = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): ((key: Key.Key) => Problem) => {
  const fixed = problemOf(net, loss, method);
  const random = net.training !== undefined || method.drawn !== undefined;
  return (key) => (random ? problemIn(net, loss, method, key) : fixed);
};

/** ‖direction‖ and ‖θ_after − θ_before‖ over all parameters, as scalars that are not read yet. */
export interface Norms {
  readonly direction: Tensor;
  readonly update: Tensor;
}

interface RunStep<P extends Tree.Tree> {
  readonly parameters: P;
  readonly state: OptimizerState<P>;
  readonly memory: Memory;
  readonly loss: Tensor;
  readonly solves: readonly BlockSolve[];
  readonly diagnostics: Diagnostics | undefined;
  /** The direction, if it was asked for. */
  readonly direction: P | undefined;
  /** The norms, if they were asked for. */
  readonly norms: Norms | undefined;
}

interface StepRequest {
  readonly diagnosed?: boolean;
  /** Whether the direction is returned too. */
  readonly direction?: boolean;
  readonly norms?: boolean;
  /** Called with J before anything else is computed. */
  readonly afterForward?: (loss: Tensor) => void;
}

/**
 * The parameters with the buffers that the layers keep of the batch. The optimizer's versions of
 * those buffers are freed.
 */
const keeping = <P extends Tree.Tree>(parameters: P, { places, trees }: KeptOfBatch): P => {
  if (places.length === 0) return parameters;
  const moved = withBuffers(parameters, places, trees);
  dispose(places.map((place) => treeAt(parameters, place)));
  return Tree.fromLeaves(parameters, Tree.leaves(moved));
};

/**
 * Runs one step; call it in a scope. It consumes `state`, as `stepOptimizer` does. The parameters
 * stay the caller's, and the caller owns the results.
 */
export const runStepOn = <P extends Tree.Tree>(
  { run: runOn }: Problem,
  optimizer: Optimizer,
  parameters: P,
  state: OptimizerState<P>,
  before: Memory,
  example: Example,
  { diagnosed = false, direction: asked = false, norms: measured = false, afterForward }: StepRequest,
): RunStep<P> => {
  const run = runOn(parameters, example, { diagnosed, afterForward, memory: before });
  const { direction, loss, solves, diagnostics, kept, memory } = run;
  const copied = asked ? Tree.copy(direction) : undefined;
  const length = measured ? globalNorm(direction) : undefined;
  const stepped = inPhase('update', () => stepOptimizer(optimizer, direction, state, parameters));
  const norms =
    length === undefined
      ? undefined
      : {
          direction: length,
          update: scope(() => globalNorm(Tree.zip((a, b) => sub(a, b))(stepped.parameters, parameters))),
        };
  return {
    parameters: keeping(stepped.parameters, kept),
    state: stepped.state,
    memory,
    loss,
    solves,
    diagnostics,
    direction: copied,
    norms,
  };
};

/** The result of a step. You dispose of its tensors. */
export interface TakenStep<P extends Tree.Tree> {
  /** The state after the step, for the next one. */
  readonly state: TrainState<P>;
  /**
   * J on the batch before the update: for the losses of this library the mean over its examples.
   */
  readonly loss: number;
  /** The reports of the implicit steps. */
  readonly solves: readonly ReadReport<BlockSolve>[];
  /** θ_before − θ_after of the method, which the optimizer turned into the update. */
  readonly direction: P;
  /** The learning rate of the step; `null` if the optimizer has none. */
  readonly learningRate: number | null;
}

/**
 * The state before the first step: copies of the parameters, and the initial state of the
 * optimizer. You dispose of its tensors. Returns a `Left` with tag `options` if the optimizer has
 * hyperparameters out of range, `memory` for freed parameters, and `backend` if no backend has
 * started.
 *
 * @example const state = orThrow(initialState(adam(0.001), net.init(key)));
 */
export const initialState = <P extends Tree.Tree>(
  optimizer: Optimizer,
  parameters: P,
): E.Either<ProxpropError, TrainState<P>> =>
  attemptAll('state', () => {
    checkStarted();
    checkOptimizer(optimizer);
    return scope(() => ({
      parameters: Tree.copy(parameters),
      optimizerState: initOptimizer(optimizer, parameters),
    }));
  });

/**
 * One step of training, as `train` takes it for each batch: first the direction of the method, then
 * the update of the optimizer, then the buffers of the layers. Layers run as in training and draw
 * by `key`. The step is pure: it neither changes nor frees its arguments, and equal arguments give
 * equal bytes. You dispose of all tensors of the result.
 *
 * `net` is the network, and `loss` its loss J.
 *
 * Returns a `Left` with the error with which `train` would fail: tag `loss` if the loss is not
 * finite, `shape` or `memory` for tensors that do not fit or were freed, `options` for bad
 * hyperparameters, and `solver` for a singular system. If a function of your own throws, the error
 * carries the exception as its `cause`.
 *
 * @example
 * const step = takeStep(net, softmaxCrossEntropy, proxprop(), adam(0.001));
 * let state = orThrow(initialState(adam(0.001), net.init(Key.key(1))));
 * for (const [i, order] of batchesOf(Key.permutation(Key.key(2), data.count), 500).entries()) {
 *   const batch = batchOf(data, order);
 *   const next = orThrow(await step(state, batch, Key.fold(Key.key(3), i))());
 *   const { parameters, optimizerState } = state;
 *   dispose(parameters, ...Optimizer.momentsOf(optimizerState), next.direction);
 *   dispose(batch.input, batch.target);
 *   state = next.state;
 *   console.log(next.loss);
 * }
 */
export const takeStep = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
  optimizer: Optimizer,
): ((state: TrainState<P>, example: Example, key: Key.Key) => TE.TaskEither<ProxpropError, TakenStep<P>>) => {
  const ready = attemptAll('step', () => {
    checkProblem(net, loss, method);
    checkOptimizer(optimizer);
    return problems(net, loss, method);
  });
  return (state, example, key) =>
    attemptAllTask('step', async () => {
      checkStarted();
      const problem = orThrow(ready);
      checkStepState(state);
      checkExample(example);
      checkKey(key);
      const { parameters, optimizerState, memory = {} } = state;
      checkParameters('parameters', net, parameters);
      checkState('optimizerState', optimizer, parameters, optimizerState);
      const made = problem(key);
      checkMemory('memory', made.energy, memory);
      const learningRate = learningRateOf(optimizer, optimizerState);
      const run = scope(() =>
        runStepOn(made, optimizer, parameters, copyState(optimizerState), Tree.copy(memory), example, {
          direction: true,
        }),
      );
      const scalars = [run.loss, ...pendingResiduals(run.solves)];
      try {
        const [found = Number.NaN, ...residuals] = await readScalars(scalars)();
        if (!Number.isFinite(found)) throw new Fault(error('loss', 'step', 'a finite loss', `${found}`));
        return {
          state: { parameters: run.parameters, optimizerState: run.state, memory: run.memory },
          loss: found,
          solves: withNumbers(run.solves, residuals),
          direction: run.direction ?? fail('schedule', 'step', 'a direction', 'none'),
          learningRate,
        };
      } catch (thrown) {
        dispose(
          run.parameters,
          run.memory,
          ...momentsOf(run.state),
          ...(run.direction === undefined ? [] : [run.direction]),
        );
        throw thrown;
      } finally {
        dispose(scalars);
      }
    });
};
