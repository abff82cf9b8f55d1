import { positive, whole } from '../core';
import { everyLayer, type Grouping, theta, x } from '../energy';
import { exact, type AnySolver } from '../solver';
import { andThen, implicit, nothing, repeat } from '../step';
import { type Method } from './schedule';

/** Options of `blockCoordinateDescent`: coupling, proximal terms, sweeps and solver. */
export interface BlockCoordinateDescentOptions {
  /** γ: the coupling of every link, for one example. Default 1. */
  readonly coupling?: number;
  /** τ_θ, with norms that are means over the batch: the paper's α is N/τ_θ. Default 10. */
  readonly tauTheta?: number;
  /** τ of the proximal term on activations. Default ∞: none. */
  readonly tauX?: number;
  /** Sweeps over all blocks in one. Default 1. */
  readonly sweeps?: number;
  /** Default: every layer its own link. */
  readonly grouping?: Grouping;
  /** How the blocks are solved that are not elementwise. Default: exactly. */
  readonly solver?: AnySolver;
}

/**
 * Block coordinate descent (Zeng, Lau, Lin, Yao 2019, arXiv 1803.00225, three-splitting) on the energy of every layer
 * its own link, with a variable u_L on the output too:
 *
 *     E = loss(u_L, y) + γ/2·Σ_l mean ‖x[l] − f_l(θ_l, x[l−1])‖²
 *
 *     for l = L … 1:   x[l] ← argmin_x E
 *                      θ_l  ← argmin_θ E + 1/(2τ_θ)·‖θ − θ_l‖²
 *
 * Affine links are ridge systems in [W, b] and in x, elementwise ones are solved number by number. The paper has two
 * variables on the output, tied by an identity: a chain that ends in `identity` has them here too. Its proximal
 * term α/2·‖·‖² on parameters is 1/τ_θ, and that on activations, which it puts on some, is 1/τ_x.
 *
 * A hyperparameter that is out of its range (γ, τ_θ, τ_x ≤ 0, no sweeps) is an error `options` at `blockCoordinateDescent.NAME` where the method is run.
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
