/**
 * What a solver says of its solution. On backends where reading stalls (`readsStall`) the residual is a scalar tensor that
 * nobody has read, and whether the solve converged is not known before somebody does.
 */
import { stack, type Tensor } from '@tensorflow/tfjs-core';
import type * as T from 'fp-ts/Task';
import { scope, toNumber } from '../core';
import { type GramWay, type Route, type Scalars } from './operator';

/** A number, or on a GPU a scalar tensor that becomes one when somebody reads it. */
export type Measured = number | Tensor;

/** What a solver reports beside its solution. Nothing is silently inaccurate. */
export interface SolveReport {
  /**
   * How it was solved; `gaussNewton` for a block that is not affine, or not known to be; `elementwise` for one number
   * at a time; `own` by a solver of yours on a ridge system.
   */
  readonly route: Route | 'gaussNewton' | 'elementwise' | 'own';
  /** How AᵀA was formed, where it was. */
  readonly gram?: GramWay['name'];
  readonly precision: 'float32' | 'float64';
  /** What CG took its scalars per; nothing for other solvers. */
  readonly scalars?: Scalars;
  /** CG iterations, or rounds of iterative refinement. */
  readonly iterations: number;
  /**
   * ‖(AᵀA + βI)V − AᵀH‖/‖AᵀH‖ over all units, measured on the V that is returned: from more than four units on, on random
   * combinations of them, which scatters by a third. For a block that is not affine, ‖∇φ(u)‖/‖∇φ(0)‖. A tensor belongs to whoever
   * has the result: see `pendingResiduals`.
   */
  readonly residual: Measured;
  /** The relative residual at which the solve counts as converged. */
  readonly tolerance: number;
  /** `budget`: Gauss-Newton met its budget (`ExactOptions.budget`) before it had converged. */
  readonly ended?: 'budget';
  /** Whether the residual is at most that; `undefined` until it is read. */
  readonly converged: boolean | undefined;
}

/** A report whose residual has been read. */
export type ReadReport<R extends SolveReport = SolveReport> = R & {
  readonly residual: number;
  readonly converged: boolean;
};

/** What a solver gives: V, and the report of the solve. */
export interface Solution<V> {
  readonly value: V;
  readonly report: SolveReport;
}

/** The part of a report that follows from its residual. */
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

/** The residuals that have not been read: the caller's, to be freed with the rest of the result. */
export const pendingResiduals = (reports: readonly SolveReport[]): readonly Tensor[] =>
  reports.flatMap(({ residual }) => (typeof residual === 'number' ? [] : [residual]));

/** Reports with the numbers that their pending residuals are, in order. */
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

/** Read a residual where it stands. On a GPU the program waits: not for use inside a step. */
export const readNow = <R extends SolveReport>(report: R): ReadReport<R> =>
  withNumber(report, typeof report.residual === 'number' ? report.residual : toNumber(report.residual));

/**
 * The same reports with numbers: all that is pending is read at once, asynchronously. The tensors stay the caller's.
 *
 * @example const solves = await readSolves(result.solves)();
 */
export const readSolves =
  <R extends SolveReport>(reports: readonly R[]): T.Task<readonly ReadReport<R>[]> =>
  async () => {
    const numbers = await readScalars(pendingResiduals(reports))();
    return withNumbers(reports, numbers);
  };

/** The numbers of some scalars, by one asynchronous read. The scalars stay the caller's. */
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
