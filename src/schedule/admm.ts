import { positive, whole } from '../core';
import { everyLayer, type Link, theta, x } from '../energy';
import { exact, type AnySolver } from '../solver';
import { andThen, implicit, multiplier, repeat, type Step } from '../step';
import { type Method } from './schedule';

/** Options of `admm`: couplings, τ_θ, sweeps and solver. */
export interface AdmmOptions {
  /** β: the coupling of affine links, for one example. Default 1 (the paper's). */
  readonly coupling?: number;
  /** γ: the coupling of all other links. Default 10 (the paper's). */
  readonly activationCoupling?: number;
  /** τ_θ, with norms that are means over the batch; ∞ is the paper's least squares. Default 1000. */
  readonly tauTheta?: number;
  /** Sweeps without multiplier before the first: the paper's warm start. Default 4. */
  readonly warmStart?: number;
  /** Sweeps with multiplier in one. Default 1. */
  readonly sweeps?: number;
  /** How the blocks are solved that are not elementwise. Default: exactly. */
  readonly solver?: AnySolver;
}

/** Affine links, each with the other links behind it; what stands before the first affine link is a group too. */
const layersOf = (links: readonly Link[]): readonly (readonly Link[])[] =>
  links.reduce<readonly (readonly Link[])[]>((groups, link) => {
    const open = groups.at(-1);
    return open === undefined || link.affine
      ? [...groups, [link]]
      : [...groups.slice(0, -1), [...open, link]];
  }, []);

/**
 * ADMM as Taylor et al. train networks (ICML 2016, arXiv 1605.02026), on the energy of every layer its own link, with a
 * variable z_L on the output and a multiplier λ on it, which nothing else sees:
 *
 *     E = loss(z_L, y) + mean ⟨λ, z_L⟩ + β/2·Σ mean ‖z_l − W_l·a_{l−1}‖² + γ/2·Σ mean ‖a_l − h_l(z_l)‖²
 *
 *     for l = 1 … L − 1:   W_l ← argmin E,   a_l ← argmin E,   z_l ← argmin E
 *     W_L ← argmin E,   z_L ← argmin E,   λ ← λ + β·(z_L − W_L·a_{L−1})
 *
 * The warm start is sweeps with λ = 0. W stands for weights and bias together. The paper writes its penalties
 * without ½. Every feasible state with λ = −∇loss(z_L) is a fixed point, whatever the
 * parameters: λ is no measure of success, E and J are.
 *
 * A hyperparameter that is out of its range (β, γ, τ_θ ≤ 0, a negative warm start, no sweeps) is an error `options` at `admm.NAME` where the method is run.
 *
 * @example admm({ coupling: 1, activationCoupling: 10, warmStart: 4 })
 */
export const admm = ({
  coupling = 1,
  activationCoupling = 10,
  tauTheta = 1000,
  warmStart = 4,
  sweeps = 1,
  solver = exact(),
}: AdmmOptions = {}): Method => {
  const sweep = (links: readonly Link[]): Step => {
    const onTheta = positive('admm.tauTheta', tauTheta, 'or infinite');
    return andThen(
      ...layersOf(links.slice(0, -1)).flatMap((layer) => [
        ...layer.map(({ number }) => implicit(theta(number), onTheta, solver)),
        ...[...layer].reverse().map(({ number }) => implicit(x(number), Infinity, solver)),
      ]),
    );
  };
  return {
    name: 'admm',
    energy: {
      grouping: everyLayer,
      output: true,
      norm: 'mean',
      coupling: ({ affine }) =>
        affine
          ? positive('admm.coupling', coupling)
          : positive('admm.activationCoupling', activationCoupling),
      multiplier: (link, links) => (link === links.at(-2) ? 'variable' : undefined),
    },
    start: (links) => repeat(whole('admm.warmStart', warmStart, 0), sweep(links)),
    schedule: (links) =>
      repeat(whole('admm.sweeps', sweeps, 1), andThen(sweep(links), multiplier(links.length - 1))),
  };
};
