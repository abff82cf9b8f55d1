/** One call for all routes: the direction of an implicit step on the parameters of an affine link. */
import { add, matMul, mul, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { atLeast, fail, inPhase, readsStall, scope, toHost, type Tree } from '../core';
import { checkIterations, conjugateGradients, dualConjugateGradients } from './cg';
import { conjugateGradientsHost } from './cgHost';
import { chooseGram, chooseRoute } from './cost';
import { solveExact } from './exact';
import { gramOfRows, shifted, timesTransposed, transposeHost } from './host';
import { DEFAULT_TOLERANCE, type Design, SMALL_WORK, type Solver } from './operator';
import { judged, type Measured, type Solution } from './solveReport';

/**
 * `V = (AᵀA + βI)⁻¹·Aᵀ·H` by the solver's route. H is as the design holds it; V has the type of the layer's parameters.
 * Both are the caller's. With CG the system is the same, and V the iterate; scalars as the design says.
 * A `Fault` `solver` when the system is singular, `options` for β < 0, bad iterations or a bad tolerance.
 *
 * @example solveRidge(design, residual, 1 / tauTheta, exact())
 */
export const solveRidge = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Solver,
): Solution<P> => {
  atLeast('solver.beta', beta, 0);
  const route = chooseRoute(solver, design);
  return scope(() => {
    if (solver.kind === 'exact') {
      if (route === 'matrixFree')
        return fail('options', 'solver.route', 'primal or dual for an exact solve', route);
      return solveExact(design, h, beta, solver, route);
    }
    const { iterations, tolerance = DEFAULT_TOLERANCE } = solver;
    atLeast('cg.tolerance', tolerance, 0);
    const stopAt = solver.tolerance ?? 0;
    const report = (residual: Measured, done: number) => ({
      route,
      precision: 'float32' as const,
      iterations: done,
      ...judged(residual, tolerance),
    });
    const scalars = solver.scalars ?? design.scalars;
    const { rows, columns, units } = design;
    const work = columns * (rows * columns + iterations * units * columns);
    const precision = solver.precision ?? 'auto';
    if (precision === 'float64' || (precision === 'auto' && work <= SMALL_WORK && !readsStall())) {
      checkIterations(iterations);
      const transposed = transposeHost(toHost(design.matrix()), rows, columns);
      const solved = conjugateGradientsHost(
        shifted(gramOfRows(transposed, columns, rows), columns, beta),
        columns,
        timesTransposed(toHost(design.toUnits(h)), transposed, units, columns, rows),
        iterations,
        scalars,
        stopAt,
      );
      return {
        value: design.unpack(tensor(new Float32Array(solved.value), [units, columns])),
        // By AᵀA, whichever route was chosen: a system this small costs nothing.
        report: {
          ...report(solved.residual, solved.iterations),
          route: 'primal' as const,
          precision: 'float64' as const,
        },
      };
    }
    if (route === 'dual') {
      const solved = dualConjugateGradients(
        inPhase('gram', () => design.dualGram()),
        beta,
        design.toUnits(h),
        iterations,
        stopAt,
        scalars,
      );
      return {
        value: design.adjoint(design.fromUnits(solved.value)),
        report: report(solved.residual, solved.iterations),
      };
    }
    const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
    const k = way === undefined ? undefined : inPhase('gram', () => way.form());
    const product = (v: Tensor): Tensor =>
      k === undefined ? design.pack(design.adjoint(design.apply(design.unpack(v)))) : matMul(v, k);
    const solved = conjugateGradients(
      (v) => add(product(v), mul(v, beta)),
      design.pack(design.adjoint(h)),
      iterations,
      stopAt,
      scalars,
    );
    return {
      value: design.unpack(solved.value),
      report: {
        ...report(solved.residual, solved.iterations),
        ...(way === undefined ? {} : { gram: way.name }),
      },
    };
  });
};
