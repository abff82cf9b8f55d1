/**
 * Exact solves whose AᵀA is a running mean over the batches: the metric of one batch is noisy, that
 * of many is not. It is related to K-FAC (Martens and Grosse 2015), which averages its factors in
 * this way, but with the factor of the inputs alone.
 *
 *     C ← ρ·C + (1 − ρ)·AᵀA/R,   w ← ρ·w + (1 − ρ)        (both from 0)
 *     V = (R·C/w + βI)⁻¹·AᵀH                              R rows of this batch
 *
 * C/w is the mean of AᵀA/R over the batches so far, in which each older batch counts ρ times as
 * much. For the first batch it is that of the batch.
 */
import {
  add,
  div,
  equal,
  matMul,
  mul,
  onesLike,
  type Tensor,
  scalar,
  sub,
  where,
} from '@tensorflow/tfjs-core';
import { fail, fraction, globalNorm, inPhase, readsStall, scope, toNumber, type Tree } from '../core';
import { chooseGram } from './choose';
import { singular } from './double';
import { invertible } from './exactByProducts';
import { invertShifted } from './inverse';
import { inverseByProducts } from './inverseByProducts';
import { DEFAULT_TOLERANCE, type Design, type Solver } from './operator';
import { type AnySolver } from './own';
import { judged, type Measured, type Solution } from './solveReport';

// A type alias, not an interface: only aliases are trees to the compiler.
/**
 * The running mean of AᵀA/R: C [F, F] and its weight w, a scalar. It is a tree, so it is copied,
 * checked, saved and freed as parameters are.
 */
export type GramMean = { readonly mean: Tensor; readonly weight: Tensor };

/** The result of an averaged solve: V, its report, and the next running mean. */
export interface AveragedSolution<P extends Tree.Tree> extends Solution<P> {
  /** The running mean after this batch. */
  readonly memory: GramMean;
}

type Averaged = Extract<Solver, { kind: 'exact' }> & { readonly average: number };

/**
 * Whether a solver averages AᵀA and the design supports it: its AᵀA has to be one matrix.
 *
 * @example averages(exact({ average: 0.95 }), design) // true
 */
export const averages = (
  solver: AnySolver,
  design: Pick<Design<Tree.Tree>, 'blocks' | 'grams'>,
): solver is Averaged =>
  solver.kind === 'exact' &&
  solver.average !== undefined &&
  design.blocks === undefined &&
  design.grams.length > 0;

/**
 * The running mean after a batch of R rows: C ← ρ·C + (1 − ρ)·AᵀA/R and w ← ρ·w + (1 − ρ). `gram`
 * is AᵀA [F, F], a sum over the batch. You dispose of the result.
 *
 * `rho` is ρ in [0, 1), and `before` the mean before this batch; for the first batch it is
 * `undefined`.
 *
 * @example toNumber(nextMean(eye(2), 4, 0.5, undefined).weight) // 0.5
 */
export const nextMean = (gram: Tensor, rows: number, rho: number, before: GramMean | undefined): GramMean => {
  const own = mul(gram, (1 - rho) / rows);
  if (before === undefined) return { mean: own, weight: scalar(1 - rho) };
  return {
    mean: add(mul(before.mean, rho), own),
    weight: add(mul(before.weight, rho), 1 - rho),
  };
};

/**
 * V = (R·C/w + βI)⁻¹·AᵀH with the running mean C/w of AᵀA/R after this batch; see `nextMean`. H is
 * as the design holds it, R are the rows of this batch, and β ≥ 0. You dispose of V and of the
 * mean. The report's residual is that of this system, ‖(R·C/w + βI)V − AᵀH‖/‖AᵀH‖.
 *
 * `h` is H, and `before` the mean before this batch; for the first batch it is `undefined`. For
 * `mayRead` see `solveRidge`.
 *
 * Throws a `Fault` with tag `options` if ρ is not in [0, 1) or the route is the dual, `shape` for a
 * mean of another layer, and `solver` for a singular system.
 *
 * @example
 * const solver = { ...exact(), average: 0.9 };
 * const first = solveAveraged(design, residual, 20, solver, undefined);
 * solveAveraged(design, residual, 20, solver, first.memory).report.converged // true
 */
export const solveAveraged = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Averaged,
  before: GramMean | undefined,
  mayRead = !readsStall(),
): AveragedSolution<P> => {
  const rho = fraction('exact.average', solver.average);
  if (solver.route === 'dual')
    fail('options', 'solver.route', 'the primal route, to average AᵀA', solver.route);
  const { rows, columns } = design;
  if (before !== undefined && before.mean.shape.join() !== [columns, columns].join())
    fail('shape', 'memory', `a mean [${columns}, ${columns}]`, `[${before.mean.shape.join(', ')}]`);
  return scope(() => {
    const gram = inPhase('gram', () => chooseGram(solver, design.grams).form());
    const memory = nextMean(gram, rows, rho, before);
    const k = div(mul(memory.mean, rows), memory.weight);
    const g = design.pack(design.adjoint(h));
    const inverse = inPhase('factor', (): Tensor => {
      if (!mayRead) return inverseByProducts(invertible(k, beta), beta).inverse;
      const found = invertShifted(k, beta);
      return found.definite ? found.inverse : singular('averaged', columns, beta);
    });
    const defect = (v: Tensor): Tensor => sub(g, add(matMul(v, k), mul(v, beta)));
    const first = matMul(g, inverse);
    // One refinement: the inverse is rounded to float32.
    const v = add(first, matMul(defect(first), inverse));
    const size = globalNorm(g);
    // 0 for 0 / 0; NaN stays.
    const share = div(globalNorm(defect(v)), where(equal(size, 0), onesLike(size), size));
    const residual: Measured = mayRead ? toNumber(share) : share;
    return {
      value: design.unpack(v),
      memory,
      report: {
        route: 'primal',
        precision: 'float32',
        iterations: 1,
        ...judged(residual, solver.tolerance ?? DEFAULT_TOLERANCE),
      },
    };
  });
};
