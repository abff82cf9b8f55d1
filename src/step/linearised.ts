/**
 * The proximal step of any block by linearisation: the sum of quadratic terms of the energy that contain the
 * block, linearised at its present value, solved by conjugate gradients with Jacobian products of autodiff.
 *
 *     Σ_t w_t/2·‖r_t + J_t·u‖² + 1/(2τ)·‖u‖²   →   (Σ w_t·J_tᵀJ_t + I/τ)·u = −Σ w_t·J_tᵀr_t
 *
 * For a term that is affine in the block this is exact; the report carries the residual of the true optimality
 * condition ∇E(v + u) + u/τ = 0, measured after the step, so that a nonlinear block shows as not converged.
 */
import { add, mul, neg, type Tensor } from '@tensorflow/tfjs-core';
import { linearise, packRow, unpackRow } from '../autodiff';
import { fail, norm, scope, Tree } from '../core';
import {
  type Block,
  blockAt,
  couplingOf,
  type Energy,
  linkAt,
  parametersAt,
  activationAt,
  residualOf,
  type State,
  valueOf,
  onlyTensor,
  type Link,
  withShift,
} from '../energy';
import { conjugateGradients, DEFAULT_TOLERANCE, type Design, type Solution, type Solver } from '../solver';

/** A term weight/2·‖r(u)‖² of the energy as a function of the block's value. */
interface Term {
  readonly weight: number;
  readonly residual: (value: Tree.Tree) => Tensor;
}

/** The weight of a link's term, and its residual given the link's output. */
const quadratic = (energy: Energy, state: State, target: Tensor, link: Link) => {
  if (!link.last)
    return {
      weight: couplingOf(energy, link.number),
      residual: (f: Tensor) => residualOf(f, activationAt(state, link.number)),
    };
  const weightOf =
    energy.loss.quadraticWeight ??
    fail(
      'solver',
      `link ${link.number} (${link.name})`,
      'a quadratic term for an implicit step',
      `the loss ${energy.loss.name}: use an explicit step there`,
    );
  return { weight: weightOf(target), residual: (f: Tensor) => add(f, neg(target)) };
};

const termsOf = (energy: Energy, state: State, target: Tensor, block: Block): readonly Term[] => {
  if (block.kind === 'parameters') {
    const link = linkAt(energy, block.link);
    const { weight, residual } = quadratic(energy, state, target, link);
    const input = valueOf(activationAt(state, block.link - 1));
    return [{ weight, residual: (value) => residual(link.forward(value, input)) }];
  }
  const below = linkAt(energy, block.link);
  const above = linkAt(energy, block.link + 1);
  const f = below.forward(
    valueOf(parametersAt(state, block.link)),
    valueOf(activationAt(state, block.link - 1)),
  );
  const parameters = valueOf(parametersAt(state, block.link + 1));
  const { weight, residual } = quadratic(energy, state, target, above);
  return [
    { weight: couplingOf(energy, block.link), residual: (value) => add(f, neg(onlyTensor(value))) },
    { weight, residual: (value) => residual(above.forward(parameters, onlyTensor(value))) },
  ];
};

/** How a block is laid out in rows for CG: one row a unit where the layer's convention is so, else one row. */
const layout = (design: Design<Tree.Tree> | undefined, like: Tree.Tree) =>
  design !== undefined && design.scalars === 'perUnit'
    ? { pack: (v: Tree.Tree) => design.pack(v), unpack: (m: Tensor) => design.unpack(m) }
    : { pack: packRow, unpack: (m: Tensor) => unpackRow(like, m) };

/** Enough for any block of a small network; larger ones are reported as not converged. */
const MOST_ITERATIONS = 1000;
/** Where an exact solve stops: below what float32 can show. */
const EXACT_RESIDUAL = 1e-9;

/** The displacement of a proximal step on any block; see the head of this file. `gradient` gives ∇E by it. */
export const solveLinearised = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: Solver,
  gradient: (state: State) => Tree.Tree,
): Solution<Tree.Tree> =>
  scope(() => {
    const value = valueOf(blockAt(state, block));
    const terms = termsOf(energy, state, target, block);
    const linear = terms.map(({ weight, residual }) => ({ weight, ...linearise(residual, value) }));
    try {
      const design =
        block.kind === 'parameters'
          ? linkAt(energy, block.link).design?.(valueOf(activationAt(state, block.link - 1)))
          : undefined;
      const { pack, unpack } = layout(design, value);
      const beta = 1 / tau;
      const g = gradient(state);
      const product = (row: Tensor): Tensor =>
        linear.reduce<Tensor>(
          (total, { weight, jvp, vjp }) => add(total, mul(pack(vjp(jvp(unpack(row)))), weight)),
          mul(row, beta),
        );
      const size = Tree.leaves(value).reduce((n, leaf) => n + leaf.size, 0);
      const iterations = solver.kind === 'cg' ? solver.iterations : Math.min(MOST_ITERATIONS, 2 * size + 10);
      const stopAt = solver.kind === 'cg' ? (solver.tolerance ?? 0) : EXACT_RESIDUAL;
      const solved = conjugateGradients(product, pack(Tree.map(neg)(g)), iterations, stopAt);
      const shift = unpack(solved.value);
      const optimality = Tree.zip((a, b) => add(a, mul(b, beta)))(
        gradient(withShift(state, block, shift)),
        shift,
      );
      const before = norm(g);
      const residual = before === 0 ? norm(optimality) : norm(optimality) / before;
      return {
        value: shift,
        report: {
          route: 'matrixFree',
          precision: 'float32',
          iterations: solved.iterations,
          residual,
          converged: residual <= (solver.tolerance ?? DEFAULT_TOLERANCE),
        },
      };
    } finally {
      for (const { release } of linear) release();
    }
  });
