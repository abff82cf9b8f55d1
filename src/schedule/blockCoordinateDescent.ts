import { positive, whole } from '../core';
import { everyLayer, type Grouping, theta, x } from '../energy';
import { exact, type AnySolver } from '../solver';
import { andThen, implicit, nothing, repeat } from '../step';
import { type Method } from './schedule';

/** Options of `blockCoordinateDescent`. Norms are means over the batch. */
export interface BlockCoordinateDescentOptions {
  /** γ > 0: the coupling of every link. Default 1. */
  readonly coupling?: number;
  /**
   * τ_θ > 0: the step size of the proximal term on parameters. The paper's α is N/τ_θ for N
   * examples. Default 10.
   */
  readonly tauTheta?: number;
  /** τ_x > 0: the step size of the proximal term on activations. Default ∞: no such term. */
  readonly tauX?: number;
  /** Sweeps over all blocks for each batch, or for each sweep of `descend`. Default 1. */
  readonly sweeps?: number;
  /** Which layers form one link. Default: `everyLayer`. */
  readonly grouping?: Grouping;
  /** The solver of all blocks that are not elementwise. Default: `exact()`. */
  readonly solver?: AnySolver;
}

/**
 * Block coordinate descent (Zeng, Lau, Lin, Yao 2019, arXiv 1803.00225, three-splitting). Every
 * layer is its own link, and the output u_L is a variable too:
 *
 *     E = loss(u_L, y) + γ/2·Σ_l mean ‖x[l] − f_l(θ_l, x[l−1])‖²
 *
 *     for l = L … 1:   x[l] ← argmin_x E + 1/(2τ_x)·‖x − x[l]‖²
 *                      θ_l  ← argmin_θ E + 1/(2τ_θ)·‖θ − θ_l‖²
 *
 * Means run over the examples of the batch. Steps on affine links solve ridge systems in [W, b] and
 * in x. Steps on elementwise links solve one scalar problem for each number. The paper has two
 * variables on the output, tied by an identity; you get both if your chain ends in `identity`. The
 * paper's proximal weight α/2 on parameters is 1/(2τ_θ) here. Its weight on activations, which it
 * puts on some of them only, is 1/(2τ_x).
 *
 * If a hyperparameter is out of its range (γ, τ_θ or τ_x ≤ 0, no sweeps), every run of the method
 * fails with tag `options` at `blockCoordinateDescent.NAME`.
 *
 * @example blockCoordinateDescent({ coupling: 1, tauTheta: 10 })
 */
export const blockCoordinateDescent = ({
  coupling = 1,
  tauTheta = 10,
  tauX = Infinity,
  sweeps = 1,
  grouping = everyLayer,
  solver = exact(),
}: BlockCoordinateDescentOptions = {}): Method => ({
  name: 'block coordinate descent',
  energy: {
    grouping,
    output: true,
    norm: 'mean',
    coupling: () => positive('blockCoordinateDescent.coupling', coupling),
  },
  schedule: (links) => {
    const [onTheta, onX] = [
      positive('blockCoordinateDescent.tauTheta', tauTheta, 'or infinite'),
      positive('blockCoordinateDescent.tauX', tauX, 'or infinite'),
    ];
    const downwards = [...links].reverse();
    return repeat(
      whole('blockCoordinateDescent.sweeps', sweeps, 1),
      andThen(
        ...downwards.map(({ number, last }) =>
          andThen(
            last ? nothing : implicit(x(number), onX, solver),
            implicit(theta(number), onTheta, solver),
          ),
        ),
      ),
    );
  },
});
