/**
 * Adafactor: second moments of a matrix by their means over rows and over columns (Shazeer and
 * Stern 2018).
 */
import { add, div, expandDims, mean, mul, sqrt, square, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { fail, asFloat32, positive } from '../core';
import { clipByRms } from './clip';
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, single } from './optimizer';
import { perTensor } from './tensors';
import { scale } from './transforms';

/** Options of `scaleByFactoredRms`: its decay and ε. */
export interface FactoredOptions {
  /** c, with 0 < c ≤ 1: at update t = 1, 2, … the decay is β = 1 − t⁻ᶜ. Default 0.8. */
  readonly exponent?: number;
  /** ε, added to squares. Default 1e-30. */
  readonly epsilon?: number;
}

/** A shape without one of its last two axes. */
const without = ({ shape }: Tensor, axis: -1 | -2): number[] =>
  shape.filter((_, i) => i !== shape.length + axis);

/**
 * The transform of `adafactor` before its clipping and its learning rate (Shazeer and Stern 2018).
 * For a matrix d of m rows and n columns it keeps m + n numbers, the row means r and the column
 * means c of squares:
 *
 *     r ← βr + (1 − β)·mean_j(d_ij² + ε),   c ← βc + (1 − β)·mean_i(d_ij² + ε)
 *     v = r·cᵀ/mean(r),   u = d/√v,   β = 1 − t^(−exponent)
 *
 * A tensor of more than two axes is a stack of matrices by its last two axes. For a vector or a
 * number, v ← βv + (1 − β)(d² + ε). In float32, the square of a direction beyond 1e19 overflows,
 * and the update is not finite.
 *
 * Making the state fails with a `Fault` (`options`) if the exponent lies outside of (0, 1], or ε is
 * not positive and finite.
 *
 * @param options `exponent`, default 0.8; ε (`epsilon`), default 1e-30
 *
 * @example chain(scaleByFactoredRms(), scale(1e-2))
 */
export const scaleByFactoredRms = ({ exponent = 0.8, epsilon = 1e-30 }: FactoredOptions = {}): Optimizer =>
  single(
    perTensor({
      name: 'factored rms',
      check: () => {
        asFloat32('epsilon', positive('epsilon', epsilon));
        if (!(exponent > 0 && exponent <= 1))
          fail('options', 'decay exponent', 'a number in (0, 1]', `${exponent}`);
      },
      init: (parameter) =>
        parameter.shape.length < 2
          ? [zeros(parameter.shape)]
          : [zeros(without(parameter, -1)), zeros(without(parameter, -2))],
      update: (d, [first = d, second = d], _parameter, step) => {
        const beta = 1 - (step + 1) ** -exponent;
        const averaged = (before: Tensor, now: Tensor): Tensor => add(mul(before, beta), mul(now, 1 - beta));
        const squares = add(square(d), epsilon);
        if (d.shape.length < 2) {
          const v = averaged(first, squares);
          // An infinite square would make an update of 0: 0 times it is NaN.
          return { direction: add(div(d, sqrt(v)), mul(v, 0)), memory: [v] };
        }
        const rows = averaged(first, mean(squares, -1));
        const columns = averaged(second, mean(squares, -2));
        const share = expandDims(div(rows, mean(rows, -1, true)), -1);
        // Two roots, as the product may underflow.
        const direction = div(div(d, sqrt(share)), expandDims(sqrt(columns), -2));
        return { direction, memory: [rows, columns] };
      },
    }),
  );

/**
 * Adafactor (Shazeer and Stern 2018) without relative steps: the update u of `scaleByFactoredRms`,
 * whose root mean square is clipped to 1 in each tensor of n numbers.
 *
 *     θ ← θ − η·u·min(1, √n/‖u‖)
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, the
 * exponent lies outside of (0, 1], or ε is not positive and finite.
 *
 * @param rate η, a number or a function of the updates made before
 * @param options `exponent`, default 0.8; ε (`epsilon`), default 1e-30
 *
 * @example Optimizer.adafactor(0.01)
 */
export const adafactor = (rate: number | LearningRate, options: FactoredOptions = {}): Optimizer =>
  named('adafactor', chain(scaleByFactoredRms(options), clipByRms(1), scale(rate)));
