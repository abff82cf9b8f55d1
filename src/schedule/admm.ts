import { positive, whole } from '../core';
import { everyLayer, type Link, theta, x } from '../energy';
import { exact, type AnySolver } from '../solver';
import { andThen, implicit, multiplier, repeat, type Step } from '../step';
import { type Method } from './schedule';

/** Options of `admm`. Norms are means over the batch, so no option depends on the batch size. */
export interface AdmmOptions {
  /** β > 0: the coupling of affine links. Default 1, as in the paper. */
  readonly coupling?: number;
  /** γ > 0: the coupling of all other links. Default 10, as in the paper. */
  readonly activationCoupling?: number;
  /**
   * τ_θ > 0: the step size of the proximal term on parameters. ∞ gives the paper's least squares.
   * Default 1000.
   */
  readonly tauTheta?: number;
  /**
   * Sweeps with λ = 0 before the first sweep with a multiplier: the paper's warm start. Default 4.
   */
  readonly warmStart?: number;
  /** Sweeps with multiplier for each batch, or for each sweep of `descend`. Default 1. */
  readonly sweeps?: number;
  /** The solver of all blocks that are not elementwise. Default: `exact()`. */
  readonly solver?: AnySolver;
}

/**
 * Groups each affine link with the other links behind it. Links before the first affine link form a
 * group of their own.
 */
const layersOf = (links: readonly Link[]): readonly (readonly Link[])[] =>
  links.reduce<readonly (readonly Link[])[]>((groups, link) => {
    const open = groups.at(-1);
    return open === undefined || link.affine
      ? [...groups, [link]]
      : [...groups.slice(0, -1), [...open, link]];
  }, []);

/**
 * ADMM as Taylor et al. train networks (ICML 2016, arXiv 1605.02026). Every layer is its own link.
 * The output z_L is a variable too, and carries a multiplier λ, which no other variable sees:
 *
 *     E = loss(z_L, y) + mean ⟨λ, z_L⟩ + β/2·Σ mean ‖z_l − W_l·a_{l−1}‖² + γ/2·Σ mean ‖a_l − h_l(z_l)‖²
 *
 *     for l = 1 … L − 1:   W_l ← argmin E,   a_l ← argmin E,   z_l ← argmin E
 *     W_L ← argmin E,   z_L ← argmin E,   λ ← λ + β·(z_L − W_L·a_{L−1})
 *
 * W stands for weights and bias together. Means run over the examples of the batch. The warm start
 * runs sweeps with λ = 0. The paper writes its penalties without ½. Every feasible state with λ =
 * −∇loss(z_L) is a fixed point, whatever its parameters are. So λ does not measure success; E and J
 * do.
 *
 * If a hyperparameter is out of its range (β, γ or τ_θ ≤ 0, a negative warm start, no sweeps),
 * every run of the method fails with tag `options` at `admm.NAME`.
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
