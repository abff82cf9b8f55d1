/** The lesson on backprop as a sweep: a chain of scalars whose activations the reader moves. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import {
  advance,
  andThen,
  backprop,
  chain,
  direction,
  dispose,
  type Energy,
  energyOf,
  energyValue,
  explicit,
  forwardState,
  groupParameters,
  jointly,
  linear,
  orThrow,
  scope,
  squaredError,
  type State,
  tanh,
  theta,
  toHost,
  Tree,
  x,
} from '../../../src';

/** The step size of all steps; the couplings are 1/τ. */
export const TAU = 0.5;
export const LINKS = ['affine', 'tanh', 'affine', 'tanh', 'affine'] as const;

/** (w, b) of the three affine links. */
const WEIGHTS = [
  [1.4, -0.2],
  [-1.1, 0.5],
  [0.9, 0.1],
] as const;
const INPUT = 0.8;
const TARGET = 1;

const network = () => chain(linear(1, 1), tanh(1), linear(1, 1), tanh(1), linear(1, 1));
const parametersOf = () => {
  const [first, second, third] = WEIGHTS.map(([w, b]) => ({
    weights: tensor([[w]]),
    bias: tensor([b]),
  }));
  const none = { weights: tensor([[0]]), bias: tensor([0]) };
  return [first ?? none, {}, second ?? none, {}, third ?? none] as const;
};

/** Of one affine link, (w, b): what the sweep has added to its parameters, and −τ·∇J. */
export interface Moves {
  readonly link: number;
  readonly swept: readonly [number, number];
  readonly gradient: readonly [number, number];
}

export interface SweepView {
  readonly input: number;
  readonly target: number;
  readonly output: number;
  /** f_l at the forward pass, for l = 1 … 4: where the dots are at home. */
  readonly forward: readonly number[];
  /** x[l] at the start of the sweep, and after `stage` links of it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly energy: number;
  readonly moves: readonly Moves[];
}

const value = (variable: { readonly anchor: Tensor; readonly decrement?: Tensor }): number =>
  (toHost(variable.anchor)[0] ?? 0) -
  (variable.decrement === undefined ? 0 : (toHost(variable.decrement)[0] ?? 0));

const activations = (state: State): readonly number[] => state.activations.slice(1).map(value);

/** (w, b) of a tree of one affine link's parameters. */
const pair = (tree: Tree.Tree | undefined): readonly [number, number] => {
  const leaves = tree === undefined ? [] : Tree.leaves(tree).map((leaf) => toHost(leaf)[0] ?? 0);
  return [leaves[0] ?? 0, leaves[1] ?? 0];
};

/** The first `stage` links of the sweep, from the last link down. */
const firstLinks = (stage: number) =>
  andThen(
    ...[5, 4, 3, 2, 1]
      .slice(0, stage)
      .map((l) =>
        l === 1 ? explicit(theta(1), TAU) : jointly(explicit(theta(l), TAU), explicit(x(l - 1), TAU)),
      ),
  );

/** The forward state, with each activation moved by the reader. */
const movedBy = (energy: Energy, parameters: Tree.Tree, input: Tensor, moved: readonly number[]): State => {
  const start = forwardState(energy, groupParameters(energy, parameters), input);
  return {
    ...start,
    activations: start.activations.map((variable, l) =>
      l === 0 ? variable : { ...variable, decrement: tensor([[-(moved[l - 1] ?? 0)]]) },
    ),
  };
};

/**
 * The sweep up to a stage, by the specification of the library (its plain interpreter), beside −τ·∇J. `moved` has how far each of the
 * four activations is from its forward value.
 */
export const sweepView = (moved: readonly number[], stage: number): SweepView => {
  const net = network();
  return scope((): SweepView => {
    const parameters = parametersOf();
    const [input, target] = [tensor([[INPUT]]), tensor([[TARGET]])];
    const energy = energyOf(net, squaredError, { coupling: () => 1 / TAU });
    const start = movedBy(energy, parameters, input, moved);
    const { state } = advance(energy, firstLinks(stage), start, target, 'plain');
    const full = orThrow(direction(net, squaredError, backprop({ tau: TAU }))(parameters, { input, target }));
    const forward = activations(forwardState(energy, groupParameters(energy, parameters), input));
    const moves = [1, 3, 5].map((link): Moves => {
      const decrement = state.parameters[link - 1]?.decrement;
      const [w, b] = pair(decrement);
      const [gw, gb] = pair(full.direction[link - 1]);
      return { link, swept: [-w, -b], gradient: [-gw, -gb] };
    });
    const view = {
      ...{ input: INPUT, target: TARGET, forward, moves },
      output: toHost(net.forward(parameters, input))[0] ?? 0,
      before: activations(start),
      after: activations(state),
      energy: toHost(energyValue(energy, start, target))[0] ?? 0,
    };
    dispose(full.direction, full.loss);
    return view;
  });
};
