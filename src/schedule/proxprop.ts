import { positive } from '../core';
import { type Link, theta } from '../energy';
import { cg, checkSolver, exact, type AnySolver } from '../solver';
import { implicit } from '../step';
import { type Method } from './schedule';
import { explicitParameters, isShared, sweepMethod } from './sweep';

/** Options of `proxprop`. */
export interface ProxpropOptions {
  /** τ > 0: the step size of the activations. It only scales the direction. Default 1. */
  readonly tau?: number;
  /**
   * τ_θ > 0 sets how far the direction moves from the gradient (small) to a least-squares fit
   * (large). AᵀA is a sum over the batch, so if you double the batch, halve τ_θ. You may give one
   * number, or a function of the link. Default 0.05, as in the paper for CIFAR-10.
   */
  readonly tauTheta?: number | ((link: Link) => number);
  /**
   * The solver of the implicit steps below the last link, or a function of the link. A link for
   * which the function returns `undefined` takes an explicit step. Default: `exact()`.
   */
  readonly solver?: AnySolver | ((link: Link) => AnySolver | undefined);
  /** The implicit step on the last link. Default: an explicit step. */
  readonly last?: LastStep;
}

/**
 * An implicit step on the parameters of the last link, at the inputs of the forward pass:
 *
 *     θ_L ← argmin_θ J(θ) + 1/(2·τ·τ_θ)·‖θ − θ_L‖²
 *
 * J is the mean loss over the batch. If the link is affine and the loss convex, the problem is
 * convex. For the squared error it is a ridge system, and is solved like those of the links below.
 * For other losses, such as softmax cross-entropy, it is solved by Gauss-Newton, which is Newton's
 * method for outputs that are affine in θ. The report of the solve gives the measured residual
 * ‖∇φ(θ⁺)‖/‖∇φ(θ_L)‖, where φ is the objective of the step.
 */
export interface LastStep {
  /** τ_θ > 0 of the last link. J is a batch mean, so τ_θ does not depend on the batch size. */
  readonly tauTheta: number;
  /**
   * `cg(k)` takes one Newton step of k CG iterations. If φ does not fall enough, the step is
   * shortened or damped (Levenberg-Marquardt). `exact()` takes Newton steps until ∇φ vanishes: 20
   * at most, and within its budget. If a solve stops before it has converged, its report says so,
   * and its step is taken, since φ is lower than at the start. Default `cg(5)`.
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
 * Proximal backpropagation (Frerix, Möllenhoff, Moeller, Cremers, ICLR 2018, arXiv 1706.04638): the
 * sweep of backprop with implicit steps on the parameters of all links below the last, and an
 * explicit step on the last one. For a link that is affine in its parameters the direction is
 *
 *     Δ_l = τ·(I/τ_θ + AᵀA)⁻¹·∇_{θ_l}J,   A = [x[l−1], 1]
 *
 * J is the mean loss over the batch; AᵀA is a sum over the batch. The paper puts its parameter step
 * on a penalty with weight one. On E, whose penalty has the weight ρ = 1/τ, the same step has the
 * step size τ·τ_θ. For other links it is one Gauss-Newton step or several.
 *
 * If links share parameters, AᵀA is the sum over them. In networks that are unrolled over time,
 * this is ProxProp through time. If the last link shares its parameters, their step is explicit;
 * put an `identity` behind it to make it a link below the last.
 *
 * If τ is not positive and finite, or τ_θ is not positive, every run of the method fails with tag
 * `options` at `proxprop.tau`, `proxprop.tauTheta` or `proxprop.last.tauTheta`. If `solver` is no
 * solver, `proxprop` itself throws a `Fault` with tag `options`.
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
