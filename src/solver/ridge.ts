/** One call for all routes: the direction of an implicit step on the parameters of an affine link. */
import { add, mul, reshape, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { fail, scope, toHost, type Tree } from '../core';
import { checkIterations, conjugateGradients, dualConjugateGradients } from './cg';
import { conjugateGradientsHost } from './cgHost';
import { chooseRoute } from './cost';
import { solveExact } from './exact';
import { gramOfRows, shifted, timesTransposed, transposeHost } from './host';
import { DEFAULT_TOLERANCE, type Design, SMALL_WORK, type Solution, type Solver } from './operator';

/**
 * `V = (AᵀA + βI)⁻¹·Aᵀ·H` by the solver's route. H is [units, rows]; V has the type of the layer's parameters.
 * Both are the caller's. With CG the system is the same, and V the iterate; scalars as the design says.
 * A `Fault` `solver` when the system is singular, `options` for β < 0 or bad iterations.
 *
 * @example solveRidge(design, residual, 1 / tauTheta, exact())
 */
export const solveRidge = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Solver,
): Solution<P> => {
  if (!(beta >= 0) || !Number.isFinite(beta))
    fail('options', 'solver.beta', 'a finite number of at least 0', `${beta}`);
  const route = chooseRoute(solver, design);
  return scope(() => {
    if (solver.kind === 'exact') {
      if (route === 'matrixFree')
        return fail('options', 'solver.route', 'primal or dual for an exact solve', route);
      return solveExact(design, h, beta, solver, route);
    }
    const { iterations, tolerance = DEFAULT_TOLERANCE } = solver;
    const stopAt = solver.tolerance ?? 0;
    const report = (residual: number, done: number) => ({
      route,
      precision: 'float32' as const,
      iterations: done,
      residual,
      converged: residual <= tolerance,
    });
    const work = design.columns * (design.rows * design.columns + iterations * design.units * design.columns);
    const precision = solver.precision ?? 'auto';
    if (precision === 'float64' || (precision === 'auto' && work <= SMALL_WORK)) {
      checkIterations(iterations);
      const { rows, columns, units } = design;
      const transposed = transposeHost(toHost(design.matrix()), rows, columns);
      const solved = conjugateGradientsHost(
        shifted(gramOfRows(transposed, columns, rows), columns, beta),
        columns,
        timesTransposed(toHost(h), transposed, units, columns, rows),
        iterations,
        design.scalars,
        stopAt,
      );
      return {
        value: design.unpack(tensor(new Float32Array(solved.value), [units, columns])),
        report: { ...report(solved.residual, solved.iterations), precision: 'float64' as const },
      };
    }
    if (route === 'dual' && design.scalars === 'perUnit') {
      const {
        value,
        residual,
        iterations: done,
      } = dualConjugateGradients(design.dualGram(), beta, h, iterations, stopAt);
      return { value: design.adjoint(value), report: report(residual, done) };
    }
    // One scalar a layer: all units in one row.
    const shape = [design.units, design.columns];
    const row = (m: Tensor): Tensor => (design.scalars === 'perUnit' ? m : reshape(m, [1, -1]));
    const matrix = (m: Tensor): Tensor => reshape(m, shape);
    const {
      value,
      residual,
      iterations: done,
    } = conjugateGradients(
      (v) => {
        const image = design.adjoint(design.apply(design.unpack(matrix(v))));
        return add(row(design.pack(image)), mul(v, beta));
      },
      row(design.pack(design.adjoint(h))),
      iterations,
      stopAt,
    );
    return {
      value: design.unpack(matrix(value)),
      report: { ...report(residual, done), route: 'matrixFree' },
    };
  });
};
