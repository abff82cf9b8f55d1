/** Deliberately wrong ridge solves: what laws 47 to 49 have to reject. */
import { mul, norm, type Tensor } from '@tensorflow/tfjs-core';
import { cg, exact, readNow, Solver, Tree } from '../src';
import { type RidgeSolve } from './solves';

/** Law 47: damping that is added whatever the size of A. */
export const absoluteDamping: RidgeSolve = (design, h, beta, solver) =>
  Solver.solveRidge(design, h, beta + 1e-4, solver);

/** Law 47: a residual that is not relative. */
export const absoluteResidual: RidgeSolve = (design, h, beta, solver) => {
  const { value, report } = Solver.solveRidge(design, h, beta, solver);
  const { residual } = readNow(report);
  const size: Tensor = norm(h);
  return {
    value,
    report: { ...report, ...Solver.judged(residual * Number(size.dataSync()[0]), report.tolerance) },
  };
};

/** Law 47: an iterate is left at its right-hand side's own size. */
export const absoluteStop: RidgeSolve = (design, h, beta, solver) =>
  solver.kind === 'cg' && Number(norm(h).dataSync()[0]) < 1e-2
    ? Solver.solveRidge(design, h, beta, { ...solver, iterations: 1 })
    : Solver.solveRidge(design, h, beta, solver);

/** Law 48: the solver with other options, and what was asked for said of it. */
const saying =
  (other: (solver: Solver.Solver) => Solver.Solver): RidgeSolve =>
  (design, h, beta, solver) => {
    const { value, report } = Solver.solveRidge(design, h, beta, other(solver));
    return {
      value,
      report: { ...report, precision: solver.precision === 'float64' ? 'float64' : 'float32' },
    };
  };

/** Law 48: float32 where float64 is asked for, and said. */
export const falselyDouble: RidgeSolve = saying((solver) => ({ ...solver, precision: 'float32' }));

/** Law 48: float64 where float32 is asked for. */
export const alwaysDouble: RidgeSolve = (design, h, beta, solver) =>
  Solver.solveRidge(design, h, beta, { ...solver, precision: 'float64' });

/** Law 48: the route of the cost model, whatever is asked for. */
export const anyRoute: RidgeSolve = (design, h, beta, solver) => {
  const { precision, tolerance } = solver;
  const options = {
    ...(precision === undefined ? {} : { precision }),
    ...(tolerance === undefined ? {} : { tolerance }),
  };
  return Solver.solveRidge(
    design,
    h,
    beta,
    solver.kind === 'cg'
      ? cg(solver.iterations, {
          ...options,
          ...(solver.scalars === undefined ? {} : { scalars: solver.scalars }),
        })
      : exact(options),
  );
};

/** Law 48: an iteration too few, which is not said. */
export const oneTooFew: RidgeSolve = (design, h, beta, solver) => {
  if (solver.kind !== 'cg') return Solver.solveRidge(design, h, beta, solver);
  const few = { ...solver, iterations: Math.max(1, solver.iterations - 1) };
  const { value, report } = Solver.solveRidge(design, h, beta, few);
  return { value, report: { ...report, iterations: solver.iterations } };
};

/** Law 48: V a millionth too long. */
export const aMillionthLong: RidgeSolve = (design, h, beta, solver) => {
  const { value, report } = Solver.solveRidge(design, h, beta, solver);
  return { value: Tree.map((leaf: Tensor) => mul(leaf, 1 + 1e-6))(value), report };
};

/** Law 49: the tolerance only says whether it has converged. */
export const neverEarly: RidgeSolve = (design, h, beta, solver) => {
  const { tolerance: _, ...all } = solver;
  return Solver.solveRidge(design, h, beta, all);
};

/** Law 49: an iteration more than is asked for. */
export const oneMore: RidgeSolve = (design, h, beta, solver) => {
  const found = Solver.solveRidge(design, h, beta, solver);
  return solver.kind === 'cg'
    ? Solver.solveRidge(design, h, beta, { ...solver, iterations: found.report.iterations + 1, tolerance: 0 })
    : found;
};
