/** One step of training: a method's direction on a batch, and the optimizer's update of the parameters. `train` is made of these. */
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
import { type Method, type Problem, problemIn, problemOf } from '../schedule';
import { pendingResiduals, type ReadReport, readScalars, withNumbers } from '../solver';
import { type BlockSolve, type Diagnostics, runDirection } from '../step';
import { checkExample, checkKey, checkOptimizer, checkProblem, checkStepState } from './checkOptions';
import { checkMemory } from './memory';

/** What training carries from step to step: the parameters, buffers among them, and what the optimizer remembers. */
export interface TrainState<P extends Tree.Tree> {
  readonly parameters: P;
  readonly optimizerState: OptimizerState<P>;
  /** What the method remembers from batch to batch, such as means of AᵀA; see `exact`. Default: nothing yet. */
  readonly memory?: Memory;
}

/** The problem of a batch: layers that are random in training, and methods that are, draw anew for each. */
export const problems = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  method: Method,
): ((key: Key.Key) => Problem) => {
  const fixed = problemOf(net, loss, method);
  const random = net.training !== undefined || method.drawn !== undefined;
  return (key) => (random ? problemIn(net, loss, method, key) : fixed);
};

/** ‖direction‖ and ‖θ_after − θ_before‖ over all parameters, scalars that are not read yet. */
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
  /** On request. */
  readonly direction: P | undefined;
  /** On request. */
  readonly norms: Norms | undefined;
}

interface StepRequest {
  readonly diagnosed?: boolean;
  /** Whether the direction is a result too. */
  readonly direction?: boolean;
  readonly norms?: boolean;
  /** It sees J before anything else is done. */
  readonly afterForward?: (loss: Tensor) => void;
}

/** Parameters with what the layers keep of the batch: what the optimizer made of those is freed. */
const keeping = <P extends Tree.Tree>(parameters: P, { places, trees }: KeptOfBatch): P => {
  if (places.length === 0) return parameters;
  const moved = withBuffers(parameters, places, trees);
  dispose(places.map((place) => treeAt(parameters, place)));
  return Tree.fromLeaves(parameters, Tree.leaves(moved));
};

/**
 * The step. `state` is used up, as by `stepOptimizer`; parameters stay the caller's; results are the caller's. To be run in a scope.
 */
export const runStepOn = <P extends Tree.Tree>(
  { energy, step }: Problem,
  optimizer: Optimizer,
  parameters: P,
  state: OptimizerState<P>,
  before: Memory,
  example: Example,
  { diagnosed = false, direction: asked = false, norms: measured = false, afterForward }: StepRequest,
): RunStep<P> => {
  const run = runDirection(energy, step, parameters, example, 'fast', diagnosed, afterForward, before);
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

/** What a step gives. All tensors are the caller's. */
export interface TakenStep<P extends Tree.Tree> {
  readonly state: TrainState<P>;
  /** J on the batch, before the update. */
  readonly loss: number;
  /** Reports of the implicit steps. */
  readonly solves: readonly ReadReport<BlockSolve>[];
  /** θ_before − θ_after of the method, which the optimizer was given. */
  readonly direction: P;
  /** The rate that the direction was scaled by; `null` for an optimizer without one. */
  readonly learningRate: number | null;
}

/**
 * The state before the first step: copies of the parameters, and the optimizer's. The tensors are the caller's. Left: as
 * `initOptimizer`.
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
 * One step of training, as `train` takes it for each batch: the direction of the method at the parameters, layers being as in training
 * for this key (dropout draws by it), then the update of the optimizer, then the buffers of the layers. Pure: nothing given is
 * changed or freed, equal arguments give equal bytes, and all tensors of the result are the caller's.
 *
 * Left: what `train` ends with: `loss` for a loss that is not finite, `shape` and `memory` for what does not fit or was freed,
 * `options` for bad hyperparameters, `solver` for a system without a solution, and what a function of your own throws, as its `cause`.
 *
 * @example
 * const step = takeStep(net, softmaxCrossEntropy, proxprop(), adam(0.001));
 * let state = orThrow(initialState(adam(0.001), net.init(Key.key(1))));
 * for (const [i, order] of batchesOf(Key.permutation(Key.key(2), data.count), 500).entries()) {
 *   const batch = batchOf(data, order);
 *   const next = orThrow(await step(state, batch, Key.fold(Key.key(3), i))());
 *   dispose(state.parameters, ...Optimizer.momentsOf(state.optimizerState), next.direction, batch.input, batch.target);
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
