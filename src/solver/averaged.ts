/**
 * Exact solves whose AᵀA is a running mean over the batches: the metric of one batch is noise, that of many is not. It is the
 * one-sided kin of K-FAC (Martens and Grosse 2015), which keeps its factors so.
 *
 *     C ← ρ·C + (1 − ρ)·AᵀA/R,   w ← ρ·w + (1 − ρ)        (both from 0)
 *     V = (R·C/w + βI)⁻¹·AᵀH                              R rows of this batch
 *
 * C/w is the mean of AᵀA/R over the batches so far, each older one counting ρ times as much: for the first batch it is its own.
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
import { fail, fraction, globalNorm, readsStall, scope, toNumber, type Tree } from '../core';
import { chooseGram } from './choose';
import { singular } from './double';
import { invertible } from './exactByProducts';
import { invertShifted } from './inverse';
import { inverseByProducts } from './inverseByProducts';
import { DEFAULT_TOLERANCE, type Design, type Solver } from './operator';
import { type AnySolver } from './own';
import { judged, type Measured, type Solution } from './solveReport';

// A type alias, not an interface: only aliases are trees to the compiler.
/** C [F, F] and w, a scalar: a tree, so that it is copied, checked, saved and freed as parameters are. */
export type GramMean = { readonly mean: Tensor; readonly weight: Tensor };

/** What an averaged solve gives: V, and the mean to come. */
export interface AveragedSolution<P extends Tree.Tree> extends Solution<P> {
  readonly memory: GramMean;
}

type Averaged = Extract<Solver, { kind: 'exact' }> & { readonly average: number };

/** Whether a solver averages, and the design is one whose AᵀA can be. */
export const averages = (
  solver: AnySolver,
  design: Pick<Design<Tree.Tree>, 'blocks' | 'grams'>,
): solver is Averaged =>
  solver.kind === 'exact' &&
  solver.average !== undefined &&
  design.blocks === undefined &&
  design.grams.length > 0;

/** The mean after a batch of R rows. */
export const nextMean = (gram: Tensor, rows: number, rho: number, before: GramMean | undefined): GramMean => {
  const own = mul(gram, (1 - rho) / rows);
  if (before === undefined) return { mean: own, weight: scalar(1 - rho) };
  return {
    mean: add(mul(before.mean, rho), own),
    weight: add(mul(before.weight, rho), 1 - rho),
  };
};

/**
 * The solution, and the mean after this batch; both are the caller's. The report's residual is that of its own system,
 * ‖(R·C/w + βI)V − AᵀH‖/‖AᵀH‖. A `Fault`: `options` for ρ outside [0, 1), or a route other than the primal; `shape` for a mean of
 * another layer; `solver` for a singular system.
 */
export const solveAveraged = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Averaged,
  before: GramMean | undefined,
): AveragedSolution<P> => {
  const rho = fraction('exact.average', solver.average);
  if (solver.route === 'dual') fail('options', 'solver.route', 'primal where AᵀA is averaged', solver.route);
  const { rows, columns } = design;
  if (before !== undefined && before.mean.shape.join() !== [columns, columns].join())
    fail('shape', 'memory', `a mean [${columns}, ${columns}]`, `[${before.mean.shape.join(', ')}]`);
  return scope(() => {
    const memory = nextMean(chooseGram(solver, design.grams).form(), rows, rho, before);
    const k = div(mul(memory.mean, rows), memory.weight);
    const g = design.pack(design.adjoint(h));
    const inverse = ((): Tensor => {
      if (readsStall()) return inverseByProducts(invertible(k, beta), beta).inverse;
      const found = invertShifted(k, beta);
      return found.definite ? found.inverse : singular('averaged', columns, beta);
    })();
    const defect = (v: Tensor): Tensor => sub(g, add(matMul(v, k), mul(v, beta)));
    const first = matMul(g, inverse);
    // One refinement: the inverse is rounded to float32.
    const v = add(first, matMul(defect(first), inverse));
    const size = globalNorm(g);
    // 0 for 0 / 0; NaN stays.
    const share = div(globalNorm(defect(v)), where(equal(size, 0), onesLike(size), size));
    const residual: Measured = readsStall() ? share : toNumber(share);
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
