/** Shampoo: a metric for each side of a matrix (Gupta, Koren and Singer 2018). */
import { add, eye, matMul, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { positive } from '../core';
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, single } from './optimizer';
import { inverseRoot } from './roots';
import { type Selection } from './selection';
import { perTensor } from './tensors';
import { scale, weightDecay } from './transforms';

/** A tensor as a matrix, its last axis the columns; a vector or a number as one column. */
const matrixOf = (d: Tensor): Tensor => {
  const columns = d.shape.length < 2 ? 1 : (d.shape.at(-1) ?? 1);
  return reshape(d, [d.size / columns, columns]);
};

/**
 * The transform of `shampoo` before its learning rate: `u = L^(−1/4)·G·R^(−1/4)` for each matrix G
 * of the direction. It fails as `shampoo` does, where ε and the eigenvalues are concerned.
 *
 * @param epsilon ε: L and R start at ε·I. Default 1e-4
 *
 * @example chain(scaleByShampoo(), scale(0.1))
 */
export const scaleByShampoo = (epsilon = 1e-4): Optimizer =>
  single(
    perTensor({
      name: 'shampoo',
      check: () => {
        positive('shampoo epsilon', epsilon);
      },
      init: (parameter) => {
        const [rows = 1, columns = 1] = matrixOf(parameter).shape;
        const sides = parameter.shape.length < 2 ? [rows] : [rows, columns];
        return sides.map((n) => mul(eye(n), epsilon));
      },
      update: (d, [left, right]) => {
        const g = matrixOf(d);
        if (left === undefined) return { direction: d, memory: [] };
        const l = add(left, matMul(g, g, false, true));
        // A vector has one side, whose root is the square root.
        if (right === undefined || d.shape.length < 2) {
          const found = matMul(inverseRoot('shampoo left', l, 2), g);
          return { direction: reshape(found, d.shape), memory: [l] };
        }
        const r = add(right, matMul(g, g, true, false));
        const found = matMul(
          matMul(inverseRoot('shampoo left', l, 4), g),
          inverseRoot('shampoo right', r, 4),
        );
        return { direction: reshape(found, d.shape), memory: [l, r] };
      },
    }),
  );

/**
 * Shampoo (Gupta, Koren and Singer 2018, arXiv 1802.09568, algorithm 1), for a matrix G of the
 * direction:
 *
 *     L ← L + G·Gᵀ,   R ← R + Gᵀ·G             L = R = ε·I at the start
 *     θ ← θ − η·(L^(−1/4)·G·R^(−1/4) + λ·θ)
 *
 * A vector has L alone, with the power −1/2. A tensor of more than two axes is a matrix with its
 * last axis as the columns. Every update computes the roots in float64 on the host, from
 * eigenvalues: about 60·(m³ + n³) multiply-adds for an m × n matrix, so use it for layers of a few
 * hundred units at most. L and R are kept in float32.
 *
 * Making the state fails with a `Fault` (`options`) if the rate or ε is not positive and finite, or λ is
 * negative. An update fails with one (`solver`) if the eigenvalues do not converge or are not positive, as for
 * directions that are not finite.
 *
 * @param rate η, a number or a function of the updates made before
 * @param epsilon ε. Default 1e-4
 * @param options λ (`decay`), default 0; `of`, the parameters that decay, default all
 *
 * @example Optimizer.shampoo(0.1)
 */
export const shampoo = (
  rate: number | LearningRate,
  epsilon?: number,
  { decay = 0, of }: { readonly decay?: number; readonly of?: Selection } = {},
): Optimizer => named('shampoo', chain(scaleByShampoo(epsilon), weightDecay(decay, of), scale(rate)));
