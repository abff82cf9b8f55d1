/** Methods under trust: steps that lower J on the batch, whatever their step sizes. */
import { positive } from '../core';
import { trusted, type TrustOptions } from '../step';
import { type AnySolver } from '../solver';
import { type LastStep, proxprop } from './proxprop';
import { type Method } from './schedule';

/**
 * A method whose every batch ends where J on it is lower than before, or where the parameters were: its `start` and schedule as one
 * step under trust; see `trusted`. The couplings of its energy, and with them its τ, stay as they are: what is made longer or shorter is
 * the displacement of the parameters, which for backprop and ProxProp is the same as another τ.
 *
 * With an optimizer of its own behind it, such as `nesterov`, J may rise all the same: `sgd(1)` takes the step as it is.
 *
 * @example trusting(backprop()) // gradient descent whose step size is found on the way
 */
export const trusting = ({ drawn, ...method }: Method, options: TrustOptions = {}): Method => ({
  ...method,
  name: `${method.name}, trusted`,
  schedule: (links) => trusted(method.schedule(links), options),
  ...(drawn === undefined ? {} : { drawn: (key) => trusting(drawn(key), options) }),
});

/** Options of `proxpropSafe`: where τ and τ_θ start, whether they are searched for, and the solvers. */
export interface ProxpropSafeOptions {
  /** τ: where the step size starts. Default 1. */
  readonly tau?: number;
  /** τ_θ: where the metric starts. Default 0.05. */
  readonly tauTheta?: number;
  /** Whether τ and τ_θ are first moved, on the first batch, by decades to where J is lowest. Default: yes. */
  readonly search?: boolean;
  /** How the implicit steps below the last link are solved. Default: exactly. */
  readonly solver?: AnySolver;
  /** The step on the last link. Default: implicit with τ_θ = 1, one Newton step of 5 CG iterations. */
  readonly last?: LastStep;
  /** Steps on each batch. Default 1. */
  readonly turns?: number;
}

/**
 * ProxProp without a limit of step sizes: its sweep with an implicit step on the last link too, under trust. With u the displacement
 * of `proxprop({ tau: 1, tauTheta, last })`
 *
 *     θ⁺ = θ − s·u,   s₁ = τ,   J(θ⁺) ≤ J(θ) on the batch
 *
 * s is made longer or shorter by the ratio of actual to predicted decrease (`trusted`). With `search`, τ and τ_θ are guesses: on the first
 * batch both go by decades to where J is lowest after one step, and runs that differ in them become one run. Its fixed points are those
 * of backprop: u = 0 where ∇J = 0, and elsewhere ⟨∇J, u⟩ > 0, so that some s lowers J.
 *
 * Take `sgd(1)` for its optimizer: the step is final. A hyperparameter that is not positive and finite is an error `options` where the
 * method is run, at `proxprop.NAME` or `trusted.NAME`.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, method: proxpropSafe(), optimizer: sgd(1) })
 */
export const proxpropSafe = ({
  tau = 1,
  tauTheta = 0.05,
  search = true,
  solver,
  last = { tauTheta: 1 },
  turns = 1,
}: ProxpropSafeOptions = {}): Method => {
  const sweep = (metric: number): Method =>
    proxprop({ tauTheta: metric, last, ...(solver === undefined ? {} : { solver }) });
  return {
    name: 'proxprop, safe',
    energy: sweep(1).energy,
    schedule: (links) => {
      const [first, metric] = [
        positive('proxpropSafe.tau', tau),
        positive('proxpropSafe.tauTheta', tauTheta),
      ];
      return trusted((m) => sweep(m).schedule(links), { first, metric, search, turns });
    },
  };
};
