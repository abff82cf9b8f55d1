import { atLeast, positive, whole } from '../core';
import { affineWithNonlinearity, type Grouping, theta, together, x } from '../energy';
import { cg, type AnySolver } from '../solver';
import { andThen, implicit, jointly, nothing, repeat, strengthen } from '../step';
import { type Method } from './schedule';

/** Options of `mac`: coupling and its growth, rounds, τ_θ, and solvers of both steps. */
export interface MacOptions {
  /** μ: the coupling of the first round, for one example. Default 1. */
  readonly coupling?: number;
  /** What μ is multiplied by after each round, at least 1. Default 1 (a fixed μ). */
  readonly growth?: number;
  /** Rounds of a Z-step and a W-step in a sweep. Default 1. */
  readonly rounds?: number;
  /** τ_θ of the W-step, with norms that are means over the batch; ∞ is the paper's plain minimisation. Default 10. */
  readonly tauTheta?: number;
  /** How the W-step is solved. Default: one Gauss-Newton step of 10 CG iterations. */
  readonly parameters?: AnySolver;
  /** How the Z-step is solved. Default: one Gauss-Newton step of 10 CG iterations. */
  readonly activations?: AnySolver;
  /** Default: each affine layer with the nonlinearity behind it. */
  readonly grouping?: Grouping;
}

/**
 * The method of auxiliary coordinates (Carreira-Perpiñán and Wang 2014, arXiv 1212.5921), on
 *
 *     E = loss(f_L(θ_L, z_{L−1}), y) + μ/2·Σ_l mean ‖z_l − f_l(θ_l, z_{l−1})‖²
 *
 *     Z-step   z ← argmin_z E(θ, z)                     all z_l together, each example on its own
 *     W-step   θ_l ← argmin_θ ‖z_l − f_l(θ, z_{l−1})‖²   each l on its own
 *     μ ← growth·μ
 *
 * Both steps by Gauss-Newton, which the paper uses too. The paper begins with a W-step; from a forward pass only the last
 * link would move in it, so that here the Z-step comes first.
 *
 * A hyperparameter that is out of its range (μ ≤ 0, growth < 1, no rounds, τ_θ ≤ 0) is an error `options` at `mac.NAME` where the method is run.
 *
 * @example mac({ coupling: 1, growth: 1.5, rounds: 2 })
 */
export const mac = ({
  coupling = 1,
  growth = 1,
  rounds = 1,
  tauTheta = 10,
  parameters = cg(10),
  activations = cg(10),
  grouping = affineWithNonlinearity,
}: MacOptions = {}): Method => ({
  name: 'mac',
  energy: { grouping, norm: 'mean', coupling: () => positive('mac.coupling', coupling) },
  schedule: (links) => {
    positive('mac.tauTheta', tauTheta, 'or infinite');
    const hidden = links.slice(0, -1).map(({ number }) => x(number));
    const zStep = hidden.length === 0 ? nothing : implicit(together(...hidden), Infinity, activations);
    const wStep = jointly(...links.map(({ number }) => implicit(theta(number), tauTheta, parameters)));
    return repeat(
      whole('mac.rounds', rounds, 1),
      andThen(zStep, wStep, strengthen(atLeast('mac.growth', growth, 1))),
    );
  },
});
