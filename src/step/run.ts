/** Running a step on a batch: from parameters to the state that the step leaves behind. */
import { type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { inPhase, scope, Tree } from '../core';
import {
  buffersAfter,
  type Energy,
  energyOn,
  energyValue,
  type Example,
  forwardState,
  groupParameters,
  type KeptOfBatch,
  type Memory,
  type State,
  ungroupParameters,
  unmoved,
} from '../energy';
import { fast } from './fast';
import { diagnose, type Diagnostics } from './diagnostics';
import { type BlockSolve, type Outcome, type TrustReport } from './evaluator';
import { interpret } from './interpret';
import { plain } from './plain';
import { type Step } from './step';

/** `plain`: the specification, by autodiff on E. `fast`: one backward pass, design operators. */
export type Interpreter = 'plain' | 'fast';

/** The direction θ_before − θ_after of a schedule on a batch, with J before it and the reports of its solves. */
export interface Direction<P extends Tree.Tree> {
  /** θ_before − θ_after, of the type of the parameters. */
  readonly direction: P;
  /** J at the parameters before the step, a scalar. */
  readonly loss: Tensor;
  readonly solves: readonly BlockSolve[];
  /** Of steps under trust, one report a turn. */
  readonly trust: readonly TrustReport[];
  /** Buffers after the batch. */
  readonly kept: KeptOfBatch;
  /** What the steps remember for the next batch; an empty tree where they remember nothing. */
  readonly memory: Memory;
  /** On request. */
  readonly diagnostics?: Diagnostics;
}

/**
 * Run a step from the forward state at the given parameters, and hand the outcome on before what it keeps is
 * freed. `parameters` is one tree for each layer; results of `use` are the caller's. `afterForward` sees J at the
 * parameters before anything else is done. With `parametersOnly` the activations of the outcome may be freed already.
 */
export const runStep = <A>(
  given: Energy,
  step: Step,
  parameters: Tree.Tree,
  { input, target, ...example }: Example,
  interpreter: Interpreter,
  use: (outcome: Outcome, start: State, loss: Tensor) => A,
  afterForward: (loss: Tensor, start: State) => void = () => undefined,
  parametersOnly = false,
  memory: Memory = {},
): A =>
  scope(() => {
    const energy = energyOn(given, example);
    const groups = groupParameters(energy, parameters);
    if (interpreter === 'plain') {
      const start = { ...forwardState(energy, groups, input), memory };
      const loss = energyValue(energy, start, target);
      afterForward(loss, start);
      return use(interpret(plain(energy, target))(step, start), start, loss);
    }
    const evaluator = fast(energy, target, parametersOnly);
    try {
      const { start, loss } = inPhase('forward', () => {
        const state = { ...evaluator.start(groups, input), memory };
        return { start: state, loss: evaluator.loss(state) };
      });
      afterForward(loss, start);
      const outcome = inPhase('backward', () => interpret(evaluator)(step, start, [], () => false));
      return use(outcome, start, loss);
    } finally {
      evaluator.release();
    }
  });

/**
 * The direction θ_before − θ_after of one step on a batch, exact to full precision: it is what the
 * parameters were taken back by, never a difference of nearly equal numbers. A `Fault` where the step cannot run.
 */
export const runDirection = <P extends Tree.Tree>(
  given: Energy,
  step: Step,
  parameters: P,
  { weights, ...example }: Example,
  interpreter: Interpreter = 'fast',
  withDiagnostics = false,
  afterForward?: (loss: Tensor) => void,
  memory: Memory = {},
): Direction<P> => {
  let kept: KeptOfBatch = { places: [], trees: [] };
  const energy = energyOn(given, weights === undefined ? {} : { weights });
  const use = ({ state, solves, trust = [] }: Outcome, start: State, loss: Tensor): Direction<P> => {
    // By name: what a design makes of its parameters may hold them in another order.
    const groups = state.parameters.map(({ anchor, decrement }) =>
      decrement === undefined ? Tree.map(zerosLike)(anchor) : Tree.inOrderOf(anchor, decrement),
    );
    const moved = ungroupParameters(energy, groups, parameters);
    // No step moves a buffer, not even where the network in evaluation reads it.
    const direction = unmoved(moved, kept);
    return {
      direction: Tree.fromLeaves(parameters, Tree.leaves(direction)),
      loss,
      solves,
      trust,
      kept,
      memory: state.memory ?? {},
      ...(withDiagnostics ? { diagnostics: diagnose(energy, start, state, example.target) } : {}),
    };
  };
  const seen = (loss: Tensor, start: State): void => {
    afterForward?.(loss);
    kept = buffersAfter(energy, parameters, start);
  };
  return runStep(energy, step, parameters, example, interpreter, use, seen, !withDiagnostics, memory);
};

/**
 * Run a step from any state. The state that it leaves is the caller's; what it shares with the state given stays as it
 * is. A `Fault` where the step cannot run.
 */
export const advance = (
  energy: Energy,
  step: Step,
  state: State,
  target: Tensor,
  interpreter: Interpreter = 'fast',
): Outcome =>
  scope(() => {
    if (interpreter === 'plain') return interpret(plain(energy, target))(step, state);
    const evaluator = fast(energy, target);
    try {
      return interpret(evaluator)(step, state);
    } finally {
      evaluator.release();
    }
  });
