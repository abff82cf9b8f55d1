import { fail, positive, whole } from '../core';
import { affineWithNonlinearity, type Grouping, type Link, theta, x } from '../energy';
import { andThen, explicit, forward, jointly, repeat, type Step, until } from '../step';
import { type Method } from './schedule';

/** Options of `predictiveCoding`. Norms are means over the batch. */
export interface PredictiveCodingOptions {
  /** η > 0: the step size of the inference. Default 0.1, and 1/ρ for fixed predictions. */
  readonly stepSize?: number;
  /**
   * How many inference steps are taken, or, with a tolerance, the most that are taken. Default 20.
   * For fixed predictions the default is the number of activations, for which the direction is
   * exact.
   */
  readonly steps?: number;
  /**
   * If given, the inference ends once a step lowers E by no more than this share of |E|. Default:
   * it takes all its steps.
   */
  readonly tolerance?: number;
  /** Whether predictions and Jacobians stay those of the forward pass. Default: false. */
  readonly fixedPrediction?: boolean;
  /** ρ > 0: the precision of every prediction. Default 1. */
  readonly coupling?: number;
  /** Which layers form one link. Default: `affineWithNonlinearity`. */
  readonly grouping?: Grouping;
}

/**
 * Predictive coding (Whittington and Bogacz 2017). With the errors ε_l = x[l] − f_l(θ_l, x[l−1]):
 *
 *     inference   x[l] ← x[l] − η·(ρ·ε_l − ρ·J_{l+1}ᵀ·ε_{l+1})   for all l at once, several times
 *     learning    Δθ_l = ρ·mean (∂f_l/∂θ_l)ᵀ·ε_l
 *
 * At the top, −∇loss takes the place of ρ·ε_L. Means run over the examples of the batch. With fixed
 * predictions, f_l and J_l stay those of the forward pass (Millidge et al. 2022; Rosenbaum 2022).
 * If then η·ρ = 1 and there is one step for each activation, as by default, the direction is
 * exactly ∇J.
 *
 * If a hyperparameter is out of its range (η, ρ or the tolerance ≤ 0, no steps), or if you give a
 * tolerance for fixed predictions, every run of the method fails with tag `options` at
 * `predictiveCoding.NAME`.
 *
 * @example predictiveCoding({ stepSize: 0.2, steps: 50, tolerance: 1e-3 })
 */
export const predictiveCoding = ({
  fixedPrediction = false,
  coupling = 1,
  stepSize = fixedPrediction ? 1 / coupling : 0.1,
  steps,
  tolerance,
  grouping = affineWithNonlinearity,
}: PredictiveCodingOptions = {}): Method => {
  const frozen = fixedPrediction;
  const inference = (hidden: readonly Link[]): Step => {
    const eta = positive('predictiveCoding.stepSize', stepSize);
    const most = whole('predictiveCoding.steps', steps ?? (frozen ? Math.max(1, hidden.length) : 20), 1);
    const turn = jointly(...hidden.map(({ number }) => explicit(x(number), eta, { frozen })));
    if (tolerance === undefined) return repeat(most, turn);
    if (frozen)
      return fail(
        'options',
        'predictiveCoding.tolerance',
        'none with fixed predictions, which do not descend E',
        `${tolerance}`,
      );
    const least = positive('predictiveCoding.tolerance', tolerance);
    return until(({ energy, before }) => before - energy <= least * Math.abs(before), most, turn);
  };
  return {
    name: frozen ? 'predictive coding, fixed prediction' : 'predictive coding',
    energy: { grouping, norm: 'mean', coupling: () => positive('predictiveCoding.coupling', coupling) },
    schedule: (links) =>
      andThen(
        forward,
        inference(links.slice(0, -1)),
        jointly(...links.map(({ number }) => explicit(theta(number), 1, { frozen }))),
      ),
  };
};
