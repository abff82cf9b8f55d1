/** Methods under trust: steps that lower J on the batch, whatever their step sizes. */
import { positive } from '../core';
import { trusted, type TrustOptions } from '../step';
import { type AnySolver } from '../solver';
import { type LastStep, proxprop } from './proxprop';
import { type Method } from './schedule';

/**
 * A method whose batches never raise J: after each batch, either J on that batch is lower, or the
 * parameters stay where they were. Its `schedule` becomes one step under trust; see `trusted`.
 * Couplings of the energy, and so τ, stay as they are. The displacement of the parameters is
 * scaled, which for backprop and ProxProp equals another τ.
 *
 * The optimizer sees the displacement as the direction. Take `sgd(1)`, which uses it as it is: with
 * momentum J may rise all the same. If an option is out of its range, every run of the method fails
 * with tag `options`.
 *
 * @example trusting(backprop()) // gradient descent that finds its step size
 */
export const trusting = ({ drawn, ...method }: Method, options: TrustOptions = {}): Method => ({
  ...method,
  name: `${method.name}, trusted`,
  schedule: (links) => trusted(method.schedule(links), options),
  ...(drawn === undefined ? {} : { drawn: (key) => trusting(drawn(key), options) }),
});

/** Options of `proxpropSafe`. */
export interface ProxpropSafeOptions {
  /** τ > 0: the first step size. Default 1. */
  readonly tau?: number;
  /** τ_θ > 0 of the links below the last; the first value if it is searched for. Default 0.05. */
  readonly tauTheta?: number;
  /**
   * Whether the first batch searches τ and τ_θ by factors of 10 for the lowest J. Default: true.
   */
  readonly search?: boolean;
  /** The solver of the implicit steps below the last link. Default: `exact()`. */
  readonly solver?: AnySolver;
  /**
   * The step on the last link. Default: implicit with τ_θ = 1, one Newton step of 5 CG iterations.
   */
  readonly last?: LastStep;
  /** Steps on each batch. Default 1. */
  readonly turns?: number;
}

/**
 * ProxProp without a limit on step sizes: implicit steps on all links, the last one too, under
 * trust. With u the displacement of `proxprop({ tau: 1, tauTheta, last })`:
 *
 *     θ⁺ = θ − s·u,   s₁ = τ,   J(θ⁺) ≤ J(θ) on the batch
 *
 * The ratio of actual to predicted decrease sets the next s; see `trusted`. With `search`, τ and
 * τ_θ are only first guesses: the first batch moves each by factors of 10 to where one step makes J
 * lowest, so runs that start from different guesses agree. The fixed points are those of backprop:
 * u = 0 if ∇J = 0. Elsewhere ⟨∇J, u⟩ > 0, so some s lowers J.
 *
 * Take `sgd(1)` as the optimizer, since the step is final. If τ or τ_θ is not positive and finite,
 * every run of the method fails with tag `options` at `proxpropSafe.NAME`; `proxprop.last.tauTheta`
 * and `trusted.turns` are checked likewise.
 *
 * @example
 * train(net, softmaxCrossEntropy, { ...options, method: proxpropSafe(), optimizer: sgd(1) })
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
