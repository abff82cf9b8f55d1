/** The averaged solve of the plain interpreter: the designs of a block, and ∇E by autodiff. */
import { add, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { fraction, Tree } from '../core';
import {
  type Block,
  blockValue,
  type Energy,
  gramMeanAt,
  inputsOf,
  linkAt,
  type State,
  weightOf,
} from '../energy';
import { averages, solveAveragedPlain, type AnySolver } from '../solver';
import { type Moved } from './evaluator';
import { termsOf } from './terms';

/**
 * ∇E by the block. Frozen: the inputs of links are those of the last forward pass, as in an
 * implicit step.
 */
const slopeOf = (energy: Energy, state: State, target: Tensor, block: Block, frozen: boolean): Tree.Tree => {
  const value = blockValue(state, block);
  return termsOf(energy, state, target, block, frozen)
    .map(({ output, cost }) => {
      const at = cost(output(value));
      const { gradient } = gradientOf((u: Tree.Tree) => sum(mul(output(u), at.gradient)), value);
      at.release();
      return gradient;
    })
    .reduce((a, b) => Tree.zip(add)(a, b));
};

/**
 * The solution and the next running mean; `undefined` if the solver does not average, or the block
 * has no such design.
 */
export const averagedPlain = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: AnySolver,
  frozen: boolean,
): Moved | undefined => {
  if (block.kind !== 'parameters') return undefined;
  const links = linkAt(energy, block.link).sharers.map((l) => linkAt(energy, l));
  const systems = links.flatMap((link) => {
    const design = link.design?.(inputsOf(state, link, frozen));
    const weight = weightOf(energy, state, target, link);
    return design === undefined || weight === undefined ? [] : [{ design, weight }];
  });
  const [first, ...others] = systems;
  if (first === undefined || systems.length < links.length || !averages(solver, first.design))
    return undefined;
  const g = first.design.pack(slopeOf(energy, state, target, block, frozen));
  const rho = fraction('exact.average', solver.average);
  const before = gramMeanAt(state, block.link);
  return solveAveragedPlain(first, others, g, tau, rho, solver.tolerance, before);
};
