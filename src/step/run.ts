/** Runs a step on a batch, from parameters to the state that the step leaves. */
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
import { type RidgeSolves } from './ridgeSolves';
import { type Step } from './step';

/**
 * `plain`: the specification, by autodiff on E. `fast`: one backward pass, and design operators.
 * Both give the same steps up to rounding.
 */
export type Interpreter = 'plain' | 'fast';

/**
 * The direction of a schedule on a batch, the loss before it, and the reports of its steps. You
 * dispose of its tensors.
 */
export interface Direction<P extends Tree.Tree> {
  /** θ_before − θ_after, with the tree and the shapes of the parameters. */
  readonly direction: P;
  /** J at the parameters before the step: a scalar, for the losses of this library a batch mean. */
  readonly loss: Tensor;
  /** The reports of the implicit steps, in order. */
  readonly solves: readonly BlockSolve[];
  /** For steps under trust, one report for each turn; otherwise empty. */
  readonly trust: readonly TrustReport[];
  /** The buffers after the batch. */
  readonly kept: KeptOfBatch;
  /** The memory of the steps for the next batch; an empty tree if they have none. */
  readonly memory: Memory;
  /** The effect on the energy, if it was asked for. */
  readonly diagnostics?: Diagnostics;
}

/**
 * Runs a step from the forward state at the given parameters, and passes the outcome to `use`
 * before everything that the run holds is freed. Use it to look at the activations that a schedule
 * leaves; use `direction` if you only need the direction of a method. Throws a `Fault` if the step
 * cannot run.
 *
 * `parameters` is the tree of the network's parameters, and `example` is one batch.
 * `use` gets the outcome, the forward state and J (a scalar); you own the tensors that it returns.
 * `afterForward` gets J and the forward state before anything else is computed. With
 * `parametersOnly`, activations of the outcome may be freed already. `memory` is what the steps
 * remembered after the batch before.
 *
 * `interpreter` is `fast`, or `plain`, which is the specification.
 *
 * @example
 * const energy = energyOf(net, softmaxCrossEntropy, { coupling: () => 10 });
 * const step = explicit(x(2), 0.1); // one step on the activation x[2]
 * const batch = { input, target };
 * runStep(energy, step, parameters, batch, 'fast', ({ state }) =>
 *   toNumber(energyValue(energy, state, target)),
 * )
 */
export const runStep = <A>(
  given: Energy,
  step: Step,
  parameters: Tree.Tree,
  example: Example,
  interpreter: Interpreter,
  use: (outcome: Outcome, start: State, loss: Tensor) => A,
  afterForward: (loss: Tensor, start: State) => void = () => undefined,
  parametersOnly = false,
  memory: Memory = {},
): A => runWith(given, step, parameters, example, interpreter, use, { afterForward, parametersOnly, memory });

interface RunOptions {
  readonly afterForward: (loss: Tensor, start: State) => void;
  readonly parametersOnly: boolean;
  readonly memory: Memory;
  /** Those of the energy, if they are kept from batch to batch. */
  readonly solves?: RidgeSolves | undefined;
}

const runWith = <A>(
  given: Energy,
  step: Step,
  parameters: Tree.Tree,
  { input, target, ...example }: Example,
  interpreter: Interpreter,
  use: (outcome: Outcome, start: State, loss: Tensor) => A,
  { afterForward, parametersOnly, memory, solves }: RunOptions,
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
    const evaluator = fast(energy, target, parametersOnly, solves);
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
 * The direction θ_before − θ_after of one step on a batch. It is exact to full precision, since it
 * is the decrement of the parameters itself and never a difference of nearly equal numbers. Throws
 * a `Fault` if the step cannot run.
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
  solves?: RidgeSolves,
): Direction<P> => {
  let kept: KeptOfBatch = { places: [], trees: [] };
  const energy = energyOn(given, weights === undefined ? {} : { weights });
  const use = ({ state, solves: reports, trust = [] }: Outcome, start: State, loss: Tensor): Direction<P> => {
    // By name, since a design may return its parameters in another order.
    const groups = state.parameters.map(({ anchor, decrement }) =>
      decrement === undefined ? Tree.map(zerosLike)(anchor) : Tree.inOrderOf(anchor, decrement),
    );
    const moved = ungroupParameters(energy, groups, parameters);
    // No step moves a buffer, not even where the network in evaluation reads it.
    const direction = unmoved(moved, kept);
    return {
      direction: Tree.fromLeaves(parameters, Tree.leaves(direction)),
      loss,
      solves: reports,
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
  const options = { afterForward: seen, parametersOnly: !withDiagnostics, memory, solves };
  return runWith(energy, step, parameters, example, interpreter, use, options);
};

/**
 * Runs a step from any state, such as one that `forwardState` or an earlier `advance` left. You own
 * the tensors of the new state; those that it shares with the given state stay valid. Throws a
 * `Fault` if the step cannot run.
 *
 * `energy` is the energy of the state, and `target` the target y of its batch. `interpreter` is
 * `fast` (default) or `plain`, which is the specification.
 *
 * @example
 * const energy = energyOf(net, softmaxCrossEntropy, { coupling: () => 10 });
 * const start = forwardState(energy, groupParameters(energy, parameters), input);
 * advance(energy, explicit(x(2), 0.1), start, target).state.activations.length // 3
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
