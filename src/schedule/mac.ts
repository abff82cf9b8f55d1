import { atLeast, positive, whole } from '../core';
import { affineWithNonlinearity, type Grouping, theta, together, x } from '../energy';
import { cg, type AnySolver } from '../solver';
import { andThen, implicit, jointly, nothing, repeat, strengthen } from '../step';
import { type Method } from './schedule';

/** Options of `mac`. Norms are means over the batch. */
export interface MacOptions {
  /** μ > 0: the coupling of the first round. Default 1. */
  readonly coupling?: number;
  /** The factor, at least 1, by which μ grows after each round. Default 1: μ stays fixed. */
  readonly growth?: number;
  /** Rounds of a Z-step and a W-step for each batch, or for each sweep of `descend`. Default 1. */
  readonly rounds?: number;
  /**
   * τ_θ > 0: the step size of the proximal term in the W-step. ∞ gives the paper's plain
   * minimisation. Default 10.
   */
  readonly tauTheta?: number;
  /** The solver of the W-step. Default `cg(10)`: one Gauss-Newton step of 10 CG iterations. */
  readonly parameters?: AnySolver;
  /** The solver of the Z-step. Default `cg(10)`: one Gauss-Newton step of 10 CG iterations. */
  readonly activations?: AnySolver;
  /** Which layers form one link. Default: `affineWithNonlinearity`. */
  readonly grouping?: Grouping;
}

/**
 * The method of auxiliary coordinates (Carreira-Perpiñán and Wang 2014, arXiv 1212.5921), on
 *
 *     E = loss(f_L(θ_L, z_{L−1}), y) + μ/2·Σ_l mean ‖z_l − f_l(θ_l, z_{l−1})‖²
 *
 *     Z-step   z ← argmin_z E(θ, z)                                      all z_l together
 *     W-step   θ_l ← argmin_θ E + 1/(2τ_θ)·‖θ − θ_l‖²                    each θ_l alone
 *     μ ← growth·μ
 *
 * Means run over the examples of the batch. By default both are Gauss-Newton steps, as in the
 * paper. The paper begins with a W-step. From a forward pass, a W-step would move the last link
 * only, so this schedule begins with the Z-step.
 *
 * If a hyperparameter is out of its range (μ ≤ 0, growth < 1, no rounds, τ_θ ≤ 0), every run of the
 * method fails with tag `options` at `mac.NAME`.
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
