/**
 * The plain interpreter: the specification. Gradients are those of the whole energy by autodiff, implicit steps
 * the linearised problem of the block. Nothing is reused, nothing is assumed.
 */
import { mul, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { scope, toNumber, Tree } from '../core';
import {
  type Block,
  blockAt,
  type Energy,
  energyValue,
  forwardState,
  type State,
  valueOf,
  withBlock,
  activationAt,
} from '../energy';
import { type Evaluator } from './interpret';
import { solveLinearised } from './linearised';

/** `x[l] ← f_l(θ_l, x[l−1])` throughout; parameters stay as they are, with their shifts. */
export const feasible = (energy: Energy, state: State): State => ({
  ...forwardState(
    energy,
    state.parameters.map((v) => valueOf(v)),
    valueOf(activationAt(state, 0)),
  ),
  parameters: state.parameters,
});

export const plain = (energy: Energy, target: Tensor): Evaluator => {
  const gradient = (state: State, block: Block): Tree.Tree => {
    const variable = blockAt(state, block);
    // The derivative by the displacement is the derivative by the value.
    const shift = variable.shift ?? Tree.map(zerosLike)(variable.anchor);
    return gradientOf(
      (s: Tree.Tree) =>
        energyValue(energy, withBlock(state, block, { anchor: variable.anchor, shift: s }), target),
      shift,
    ).gradient;
  };
  return {
    gradient,
    proximal: (state, block, tau, solver) => solveLinearised(energy, state, target, block, tau, solver),
    forward: (state) => feasible(energy, state),
    energy: (state) => scope(() => toNumber(energyValue(energy, state, target))),
    scale: (tree, by) => Tree.map((leaf) => mul(leaf, by))(tree),
  };
};
