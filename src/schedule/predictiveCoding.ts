import { fail, positive, whole } from '../core';
import { affineWithNonlinearity, type Grouping, type Link, theta, x } from '../energy';
import { andThen, explicit, forward, jointly, repeat, type Step, until } from '../step';
import { type Method } from './schedule';

/** Options of `predictiveCoding`: step size and steps of the inference, and whether predictions are fixed. */
export interface PredictiveCodingOptions {
  /** η of the inference. Default 0.1; 1 for fixed predictions. */
  readonly stepSize?: number;
  /** Steps of the inference; the most, where there is a tolerance. Default 20; for fixed predictions as many as are exact. */
  readonly steps?: number;
  /** The inference ends when E falls by less than this part of itself. Default: it takes all its steps. */
  readonly tolerance?: number;
  /** Whether predictions and Jacobians stay those of the forward pass. Default: no. */
  readonly fixedPrediction?: boolean;
  /** ρ: the precision of every prediction. Default 1. */
  readonly coupling?: number;
  /** Default: each affine layer with the nonlinearity behind it. */
  readonly grouping?: Grouping;
}

/**
 * Predictive coding (Whittington and Bogacz 2017), with ε_l = x[l] − f_l(θ_l, x[l−1]):
 *
 *     inference   x[l] ← x[l] − η·(ρ·ε_l − ρ·J_{l+1}ᵀ·ε_{l+1}) for all l at once, again and again; at the top −∇loss
 *                 takes the place of ρ·ε_L
 *     learning    Δθ_l = ρ·mean (∂f_l/∂θ_l)ᵀ·ε_l
 *
 * With fixed predictions, f_l and J_l stay those of the forward pass (Millidge et al. 2022; Rosenbaum 2022): with η·ρ = 1
 * and one step for each activation, the default, the direction is exactly ∇J.
 *
 * A hyperparameter that is out of its range (η, ρ, tolerance ≤ 0, no steps; a tolerance for fixed predictions) is an error `options` at `predictiveCoding.NAME` where the method is run.
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
