/** The direction of an implicit step on the parameters of an affine link, by any route. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { atLeast, fail, readsStall, scope, type Tree } from '../core';
import { solveConjugate } from './conjugate';
import { chooseGram, chooseRoute } from './choose';
import { solveExact } from './exact';
import { DEFAULT_TOLERANCE, type Design, type RidgeSystem, type Route, type Solver } from './operator';
import { type AnySolver, solveOwn } from './own';
import { type Solution } from './solveReport';

/**
 * Throws a `Fault` with tag `options` if the options contradict each other: no choice of the caller
 * is ignored.
 */
const checkOptions = <P extends Tree.Tree>(design: Design<P>, solver: Solver, route: Route): void => {
  atLeast(`${solver.kind}.tolerance`, solver.tolerance ?? DEFAULT_TOLERANCE, 0);
  const { gram, precision = 'auto' } = solver;
  if (gram === undefined) return;
  if (route !== 'primal') fail('options', 'solver.route', `the primal route, to form AᵀA by ${gram}`, route);
  chooseGram(solver, design.grams);
  if (precision === 'float64' && gram === 'lags')
    fail('options', 'solver.gram', 'product or patches in precision float64', gram);
};

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H, by the route of the solver. H is stored as the design holds it; V has the
 * type of the layer's parameters. AᵀA is a sum over the rows. You dispose of V, and of the residual
 * if it is a tensor. With CG, V is the iterate of the same system.
 *
 * The report's residual ‖(AᵀA + βI)V − AᵀH‖/‖AᵀH‖ is measured on the returned V, by A itself, on
 * every route. If V has not converged, it still never raises ½‖A·V − H‖² + β/2·‖V‖² above its value
 * at V = 0: it is shortened where it would, to zero if it points uphill.
 *
 * `h` is H. Without `mayRead`, nothing is read while it is solved, and the report's numbers are
 * scalar tensors; by default it is what suits the current backend.
 *
 * Throws a `Fault` with tag `solver` if the system is singular or its inputs are not finite, and
 * `options` for β < 0, bad iterations, a bad tolerance, or options that contradict each other.
 *
 * @example solveRidge(design, residual, 1 / tauTheta, exact()).report.converged // true
 */
export const solveRidge = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: AnySolver,
  mayRead = !readsStall(),
): Solution<P> => {
  atLeast('solver.beta', beta, 0);
  const system: RidgeSystem<P> = { design, h, beta, mayRead };
  if (solver.kind === 'own') {
    atLeast(`${solver.name}.tolerance`, solver.tolerance ?? DEFAULT_TOLERANCE, 0);
    return solveOwn(system, solver);
  }
  const route = chooseRoute(solver, design);
  checkOptions(design, solver, route);
  return scope(() => {
    if (solver.kind === 'cg') return solveConjugate(system, solver, route);
    return route === 'matrixFree'
      ? fail('options', 'solver.route', 'primal or dual for an exact solve', route)
      : solveExact(system, solver, route);
  });
};
