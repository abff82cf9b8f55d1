/** Deliberately wrong ridge solves: what laws 47 to 49 have to reject. */
import { mul, norm, type Tensor } from '@tensorflow/tfjs-core';
import { cg, exact, readNow, Solver, Tree } from '../src';
import { type RidgeSolve } from './solves';

/**
 * A mutant for law 47: it adds a damping whatever the size of A.
 *
 * @example const law = unitsOfSolves(Mutants.absoluteDamping); // rejects it
 */
export const absoluteDamping: RidgeSolve = (design, h, beta, solver) =>
  Solver.solveRidge(design, h, beta + 1e-4, solver);

/**
 * A mutant for law 47: its residual is not relative.
 *
 * @example const law = unitsOfSolves(Mutants.absoluteResidual); // rejects it
 */
export const absoluteResidual: RidgeSolve = (design, h, beta, solver) => {
  const { value, report } = Solver.solveRidge(design, h, beta, solver);
  const { residual } = readNow(report);
  const size: Tensor = norm(h);
  return {
    value,
    report: { ...report, ...Solver.judged(residual * Number(size.dataSync()[0]), report.tolerance) },
  };
};

/**
 * A mutant for law 47: it stops CG after one iteration if H is small.
 *
 * @example const law = unitsOfSolves(Mutants.absoluteStop); // rejects it
 */
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

/**
 * A mutant for law 48: it solves in float32 and says float64.
 *
 * @example const law = askedIsDone(Mutants.falselyDouble); // rejects it
 */
export const falselyDouble: RidgeSolve = saying((solver) => ({ ...solver, precision: 'float32' }));

/**
 * A mutant for law 48: it solves in float64 though float32 is asked for.
 *
 * @example const law = askedIsDone(Mutants.alwaysDouble); // rejects it
 */
export const alwaysDouble: RidgeSolve = (design, h, beta, solver) =>
  Solver.solveRidge(design, h, beta, { ...solver, precision: 'float64' });

/**
 * A mutant for law 48: it takes the route of the cost model, whatever is asked for.
 *
 * @example const law = askedIsDone(Mutants.anyRoute); // rejects it
 */
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

/**
 * A mutant for law 48: it makes an iteration too few, and does not say so.
 *
 * @example const law = askedIsDone(Mutants.oneTooFew); // rejects it
 */
export const oneTooFew: RidgeSolve = (design, h, beta, solver) => {
  if (solver.kind !== 'cg') return Solver.solveRidge(design, h, beta, solver);
  const few = { ...solver, iterations: Math.max(1, solver.iterations - 1) };
  const { value, report } = Solver.solveRidge(design, h, beta, few);
  return { value, report: { ...report, iterations: solver.iterations } };
};

/**
 * A mutant for law 48: its V is a millionth too long.
 *
 * @example const law = askedIsDone(Mutants.aMillionthLong); // rejects it
 */
export const aMillionthLong: RidgeSolve = (design, h, beta, solver) => {
  const { value, report } = Solver.solveRidge(design, h, beta, solver);
  return { value: Tree.map((leaf: Tensor) => mul(leaf, 1 + 1e-6))(value), report };
};

/**
 * A mutant for law 49: its tolerance only decides whether a solve has converged.
 *
 * @example const law = endsWhereAsked(Mutants.neverEarly); // rejects it
 */
export const neverEarly: RidgeSolve = (design, h, beta, solver) => {
  const { tolerance: _, ...all } = solver;
  return Solver.solveRidge(design, h, beta, all);
};

/**
 * A mutant for law 49: it makes an iteration more than is asked for.
 *
 * @example const law = endsWhereAsked(Mutants.oneMore); // rejects it
 */
export const oneMore: RidgeSolve = (design, h, beta, solver) => {
  const found = Solver.solveRidge(design, h, beta, solver);
  return solver.kind === 'cg'
    ? Solver.solveRidge(design, h, beta, { ...solver, iterations: found.report.iterations + 1, tolerance: 0 })
    : found;
};
