/**
 * The report of a solve. On backends where reads stall, the residual is a scalar tensor that has
 * not been read, and whether the solve converged is unknown until you read it.
 */
import { stack, type Tensor } from '@tensorflow/tfjs-core';
import type * as T from 'fp-ts/Task';
import { scope, toNumber } from '../core';
import { type GramWay, type Route, type Scalars } from './operator';

/** A number, or on a GPU a scalar tensor that has not been read. */
export type Measured = number | Tensor;

/** The report of a solve, beside its solution. No inaccuracy is silent. */
export interface SolveReport {
  /**
   * How it was solved. `gaussNewton`: a block that is not affine, or not known to be.
   * `elementwise`: one number at a time. `own`: a solver of your own on a ridge system.
   */
  readonly route: Route | 'gaussNewton' | 'elementwise' | 'own';
  /** How AᵀA was formed, if it was. */
  readonly gram?: GramWay['name'];
  /** The precision of the solve. */
  readonly precision: 'float32' | 'float64';
  /** Whether CG took its scalars per unit or per layer; missing for other solvers. */
  readonly scalars?: Scalars;
  /** CG iterations, rounds of iterative refinement, or products of a solver of your own. */
  readonly iterations: number;
  /**
   * ‖(AᵀA + βI)V − AᵀH‖/‖AᵀH‖ over all units, measured on the returned V. With more than four units
   * it is measured on random combinations of them, which scatter by a third. For a block that is
   * not affine it is ‖∇φ(u)‖/‖∇φ(0)‖. If it is a tensor, the owner of the result disposes of it;
   * see `pendingResiduals`.
   */
  readonly residual: Measured;
  /** The relative residual at which the solve counts as converged. */
  readonly tolerance: number;
  /** `budget`: Gauss-Newton spent its budget (`ExactOptions.budget`) before it had converged. */
  readonly ended?: 'budget';
  /** Whether the residual is at most the tolerance; `undefined` until it is read. */
  readonly converged: boolean | undefined;
}

/** A report whose residual has been read. */
export type ReadReport<R extends SolveReport = SolveReport> = R & {
  readonly residual: number;
  readonly converged: boolean;
};

/** The result of a solver: V, and the report of the solve. */
export interface Solution<V> {
  /** V, in the form that the solver was asked for. */
  readonly value: V;
  /** How the solve went. */
  readonly report: SolveReport;
}

/**
 * The part of a report that follows from its residual: `converged` is true if the residual is at
 * most the tolerance, and `undefined` if it has not been read.
 *
 * @example judged(1e-5, 1e-4).converged // true
 */
export const judged = (
  residual: Measured,
  tolerance: number,
): Pick<SolveReport, 'residual' | 'tolerance' | 'converged'> => ({
  residual,
  tolerance,
  converged: typeof residual === 'number' ? residual <= tolerance : undefined,
});

const withNumber = <R extends SolveReport>(report: R, residual: number): ReadReport<R> => ({
  ...report,
  residual,
  converged: residual <= report.tolerance,
});

/**
 * The residuals of reports that have not been read, as scalar tensors. You own them with the rest
 * of the result, and dispose of them.
 *
 * @example dispose(pendingResiduals(result.solves));
 */
export const pendingResiduals = (reports: readonly SolveReport[]): readonly Tensor[] =>
  reports.flatMap(({ residual }) => (typeof residual === 'number' ? [] : [residual]));

/**
 * The reports with `numbers` in place of their pending residuals, in order. Missing numbers become
 * NaN.
 *
 * @example withNumbers([solveRidge(design, residual, 1, exact()).report], [])[0]?.converged // true
 */
export const withNumbers = <R extends SolveReport>(
  reports: readonly R[],
  numbers: readonly number[],
): readonly ReadReport<R>[] => {
  let next = 0;
  return reports.map((report) =>
    withNumber(
      report,
      typeof report.residual === 'number' ? report.residual : (numbers[next++] ?? Number.NaN),
    ),
  );
};

/**
 * A report with its residual read synchronously. On a GPU the program waits, so do not call it
 * inside a step; use `readSolves` instead.
 *
 * @example readNow(solveRidge(design, residual, 1, exact()).report).converged // true
 */
export const readNow = <R extends SolveReport>(report: R): ReadReport<R> =>
  withNumber(report, typeof report.residual === 'number' ? report.residual : toNumber(report.residual));

/**
 * The reports with their residuals read, by one asynchronous read for all of them. The tensors stay
 * yours; see `pendingResiduals`. If the device is lost, the task fails with the error of the read.
 *
 * @example const solves = await readSolves(result.solves)();
 */
export const readSolves =
  <R extends SolveReport>(reports: readonly R[]): T.Task<readonly ReadReport<R>[]> =>
  async () => {
    const numbers = await readScalars(pendingResiduals(reports))();
    return withNumbers(reports, numbers);
  };

/**
 * The numbers of some scalar tensors, by one asynchronous read. The scalars stay yours.
 * If the device is lost, the task fails with the error of the read.
 *
 * @example await readScalars([scalar(1), scalar(2)])() // [1, 2]
 */
export const readScalars =
  (scalars: readonly Tensor[]): T.Task<readonly number[]> =>
  async () => {
    if (scalars.length === 0) return [];
    const all = scope(() => stack([...scalars]));
    try {
      return [...(await all.data<'float32'>())];
    } finally {
      all.dispose();
    }
  };
