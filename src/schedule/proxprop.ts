import { positive } from '../core';
import { type Link, theta } from '../energy';
import { cg, checkSolver, exact, type AnySolver } from '../solver';
import { implicit } from '../step';
import { type Method } from './schedule';
import { explicitParameters, isShared, sweepMethod } from './sweep';

/** Options of `proxprop`: τ, τ_θ, the solver, and the step on the last link. */
export interface ProxpropOptions {
  /** τ: the step size of the activations; multiplies the direction. Default 1. */
  readonly tau?: number;
  /**
   * τ_θ: changes the metric of the direction, from the gradient (τ_θ → 0) to a least-squares fit (τ_θ → ∞).
   * In the units of a batch *sum*: doubling the batch by repetition corresponds to halving τ_θ. Default 0.05
   * (Frerix et al. 2018, CIFAR-10). Or, link by link, a number each.
   */
  readonly tauTheta?: number | ((link: Link) => number);
  /**
   * How the implicit steps are solved; or, link by link, how, with `undefined` for an explicit step there. Default:
   * exactly, everywhere below the last link.
   */
  readonly solver?: AnySolver | ((link: Link) => AnySolver | undefined);
  /** The step on the last link, with its loss. Default: explicit. */
  readonly last?: LastStep;
}

/**
 * An implicit step on the parameters of the last link: argmin_θ J(θ) + 1/(2·τ·τ_θ)·‖θ − θ_L‖², at the inputs of the forward pass.
 * Of an affine link the problem is convex. With the squared error it is a ridge system, solved in closed form; with another loss, such as
 * softmax cross-entropy, it is solved by Newton's method (Gauss-Newton, which is the same for outputs affine in θ). What the report
 * of its solve calls the residual is measured: ‖∇φ(θ⁺)‖/‖∇φ(θ_L)‖ for the objective φ of the step.
 */
export interface LastStep {
  /** τ_θ of the last link, in the unit of J, a batch mean: it does not depend on the size of the batch. */
  readonly tauTheta: number;
  /**
   * `cg(k)`: one Newton step of k CG iterations, shortened or damped where J does not fall by it (Levenberg-Marquardt). `exact()`:
   * Newton steps until ∇φ vanishes, 20 at most and within its budget. A solve that has not got there says so in its report, and its step is taken: φ is
   * below its start. Default `cg(5)`.
   */
  readonly solver?: AnySolver;
}

const showSolver = (solver: AnySolver): string => {
  const known = checkSolver('proxprop.solver', solver);
  if (known.kind === 'cg') return `cg${known.iterations}`;
  if (known.kind === 'own') return known.name;
  return known.average === undefined ? 'exact' : `exact, average ${known.average}`;
};

/**
 * Proximal backpropagation (Frerix, Möllenhoff, Moeller, Cremers, ICLR 2018, arXiv 1706.04638): the same sweep
 * with implicit steps on the parameters of all links below the last, and an explicit one there. For a link that is
 * affine in its parameters the direction is
 *
 *     Δ_l = τ·(I/τ_θ + AᵀA)⁻¹·∇_{θ_l}J,   A = [x[l−1], 1]
 *
 * The paper's parameter step is on the penalty with weight one; on E, whose penalty carries ρ = 1/τ, the same
 * step has the step size τ·τ_θ. For other links it is a Gauss-Newton step, or several.
 *
 * Where links share parameters, AᵀA is the sum over them; in networks unrolled over time that is ProxProp through time. If the
 * last link is one of them, their step is explicit: an `identity` behind it makes it a link below the last.
 *
 * A τ or τ_θ that is not positive is an error `options` at `proxprop.tau` or `proxprop.tauTheta` where the method is run.
 *
 * @example proxprop({ tauTheta: 0.05, solver: cg(3) })
 */
export const proxprop = ({
  tau = 1,
  tauTheta = 0.05,
  solver = exact(),
  last,
}: ProxpropOptions = {}): Method => {
  const metric = typeof tauTheta === 'function' ? tauTheta : () => tauTheta;
  const solverOf = typeof solver === 'function' ? solver : () => solver;
  const name = typeof solver === 'function' ? 'by link' : showSolver(solver);
  return sweepMethod(`proxprop ${name}`, tau, (link, links) => {
    const underLoss = link.sharers.some((sharer) => links[sharer - 1]?.last === true);
    if (last !== undefined && link.last && !isShared(link)) {
      const onLast = tau * positive('proxprop.last.tauTheta', last.tauTheta);
      return implicit(theta(link.number), onLast, last.solver ?? cg(5));
    }
    const chosen = link.last || underLoss ? undefined : solverOf(link);
    if (chosen === undefined) return explicitParameters(tau)(link);
    const onTheta = tau * positive('proxprop.tauTheta', metric(link), 'or infinite');
    return implicit(theta(link.number), onTheta, chosen, { frozen: isShared(link) });
  });
};
