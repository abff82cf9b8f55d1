/**
 * Implicit steps on one activation x[l] in closed form, or nearly: where the link above it is affine in its input, a
 * ridge system; where it is elementwise, one scalar problem for each number. Of the energy it sees
 *
 *     c_l/2·‖f_l − x‖² + 1/(2τ)·‖x − v‖² + c_{l+1}/2·‖f_{l+1}(x) − x[l+1]‖²
 *
 * and multipliers as offsets of the residuals; behind the last link a loss that is a square takes the place of the
 * penalty. The first two terms are κ/2·‖x − b‖² with κ = c_l + 1/τ.
 */
import { add, mul, neg, sub, type Tensor } from '@tensorflow/tfjs-core';
import { scope, type Tree } from '../core';
import {
  activationAt,
  type Block,
  couplingOf,
  type Energy,
  type Link,
  linkAt,
  offsetOf,
  outputOf,
  parametersAt,
  residualOf,
  type State,
  valueOf,
} from '../energy';
import { judged, type Solution, type Solver, solveRidge } from '../solver';
import { minimiseEach } from './elementwise';

interface Surroundings {
  readonly above: Link;
  /** c_{l+1}, or the weight of a squared loss. */
  readonly weight: number;
  /** What f_{l+1} is to be. */
  readonly goal: Tensor;
  /** κ. */
  readonly stiffness: number;
  /** v, and b − v. */
  readonly value: Tensor;
  readonly away: Tensor;
}

const surroundings = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
): Surroundings | undefined => {
  if (block.kind !== 'activation') return undefined;
  const own = linkAt(energy, block.link);
  const above = linkAt(energy, block.link + 1);
  const weight = above.last
    ? energy.loss.quadraticWeight?.(target.shape[0])
    : couplingOf(energy, state, above.number);
  if (weight === undefined || (above.elementwise === undefined && above.inputDesign === undefined))
    return undefined;
  const coupling = couplingOf(energy, state, own.number);
  const stiffness = coupling + 1 / tau;
  const variable = activationAt(state, own.number);
  const offset = offsetOf(energy, state, own.number, 'own');
  const residual = residualOf(outputOf(state, own), variable);
  const raised = offsetOf(energy, state, above.number, 'inside');
  const goal = above.last ? target : valueOf(activationAt(state, above.number));
  return {
    above,
    weight,
    goal: raised === undefined ? goal : add(goal, raised),
    stiffness,
    value: valueOf(variable),
    away: mul(offset === undefined ? residual : sub(residual, offset), coupling / stiffness),
  };
};

/**
 * The displacement for an activation whose link above is one elementwise layer; nothing for any other. In closed form
 * where the layer has one, else by `minimiseEach`.
 */
export const minimiseElementwise = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
): Solution<Tree.Tree> | undefined =>
  scope(() => {
    const around = surroundings(energy, state, target, block, tau);
    const each = around?.above.elementwise;
    if (around === undefined || each === undefined) return undefined;
    const { above, goal, value, away, weight, stiffness } = around;
    const [near, c] = [add(value, away), stiffness / weight];
    const parameters = valueOf(parametersAt(state, above.number));
    const { minimiser } = each;
    const found =
      minimiser === undefined
        ? minimiseEach((u) => above.forward(parameters, u), goal, near, c, value)
        : { value: minimiser(goal, near, c), iterations: 0, residual: 0 };
    return {
      value: sub(found.value, value),
      report: {
        route: 'elementwise' as const,
        precision: 'float32' as const,
        iterations: found.iterations,
        ...judged(found.residual, CONVERGED),
      },
    };
  });

/** In ‖φ'‖ relative to the start: 100 times what the iteration aims at, for numbers that start near their minimum. */
const CONVERGED = 1e-4;

/**
 * The displacement for an activation whose link above exposes a design operator for its input; nothing for any other.
 *
 *     (c_{l+1}·WᵀW + κI)·e = c_{l+1}·Wᵀ(x[l+1] − f_{l+1}(b)),   x = b + e
 */
export const minimiseAffine = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: Solver,
): Solution<Tree.Tree> | undefined =>
  scope(() => {
    const around = surroundings(energy, state, target, block, tau);
    const designAt = around?.above.inputDesign;
    if (around === undefined || designAt === undefined) return undefined;
    const { above, goal, value, away, weight, stiffness } = around;
    const parameters = valueOf(parametersAt(state, above.number));
    const design = designAt(parameters, value.shape[0]);
    const miss = sub(above.forward(parameters, value), goal);
    const rest = sub(neg(design.outputs(miss)), design.apply(away));
    const { value: e, report } = solveRidge(design, rest, stiffness / weight, solver);
    return { value: add(away, e), report };
  });
