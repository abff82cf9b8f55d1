/** Shampoo: a metric for each side of a matrix (Gupta, Koren and Singer 2018). */
import {
  add,
  eye,
  fill,
  matMul,
  mul,
  pow,
  reshape,
  square,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { positive, whole } from '../core';
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, single } from './optimizer';
import { inverseRoot } from './roots';
import { type Selection } from './selection';
import { perTensor } from './tensors';
import { scale, weightDecay } from './transforms';

/** Options of `shampoo` and `scaleByShampoo`. */
export interface ShampooOptions {
  /** f: the roots follow L and R in the first f updates and in every f-th after them. Default 1. */
  readonly every?: number;
  /** Of a side of more numbers, L or R keeps its diagonal alone. Default 1024. */
  readonly most?: number;
}

/** A tensor as a matrix, its last axis the columns; a vector or a number as one column. */
const matrixOf = (d: Tensor): Tensor => {
  const columns = d.shape.length < 2 ? 1 : (d.shape.at(-1) ?? 1);
  return reshape(d, [d.size / columns, columns]);
};

/** A side of a matrix: L or R, or its diagonal as a vector, and the root of it. */
interface Side {
  readonly factor: Tensor;
  readonly root: Tensor;
}

/** root·G, for the left side. */
const times = ({ root }: Side, g: Tensor): Tensor =>
  root.rank < 2 ? mul(reshape(root, [root.size, 1]), g) : matMul(root, g);

/**
 * The transform of `shampoo` before its learning rate: `u = L^(−1/4)·G·R^(−1/4)` for each matrix G
 * of the direction. It fails as `shampoo` does, where these options and directions that are not
 * finite are concerned.
 *
 * @param epsilon ε: L and R start at ε·I. Default 1e-4
 * @param options `every` f and `most`; see `ShampooOptions`
 *
 * @example chain(scaleByShampoo(1e-4, { every: 10 }), scale(0.1))
 */
export const scaleByShampoo = (epsilon = 1e-4, { every = 1, most = 1024 }: ShampooOptions = {}): Optimizer =>
  single(
    perTensor({
      name: 'shampoo',
      check: () => {
        positive('shampoo epsilon', epsilon);
        whole('shampoo every', every, 1);
        whole('shampoo most', most, 0);
      },
      init: (parameter) => {
        const [rows = 1, columns = 1] = matrixOf(parameter).shape;
        const sides = parameter.shape.length < 2 ? [rows] : [rows, columns];
        return sides.flatMap((n) =>
          n > most ? [fill([n], epsilon), fill([n], 1)] : [mul(eye(n), epsilon), eye(n)],
        );
      },
      update: (d, [l = d, lRoot = d, r, rRoot], _parameter, step) => {
        const g = matrixOf(d);
        const alone = r === undefined || rRoot === undefined || d.shape.length < 2;
        const power = alone ? 2 : 4;
        const followed = (path: string, { factor, root }: Side, of: Tensor): Side => {
          if (factor.rank < 2) {
            const diagonal = add(factor, sum(square(of), 1));
            return { factor: diagonal, root: pow(diagonal, -1 / power) };
          }
          const next = add(factor, matMul(of, of, false, true));
          // A root that lacks a direction lengthens it by up to 1/√ε: early ones are not kept.
          const fresh = step < every || step % every === 0;
          return {
            factor: next,
            root: fresh ? inverseRoot(path, next, power, epsilon) : root,
          };
        };
        const left = followed('shampoo left', { factor: l, root: lRoot }, g);
        const scaled = times(left, g);
        if (alone) return { direction: reshape(scaled, d.shape), memory: [left.factor, left.root] };
        const right = followed('shampoo right', { factor: r, root: rRoot }, transpose(g));
        return {
          direction: reshape(transpose(times(right, transpose(scaled))), d.shape),
          memory: [left.factor, left.root, right.factor, right.root],
        };
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
 * last axis as the columns. A side of more than `most` numbers keeps the diagonal of L or R alone,
 * as the authors do, which costs next to nothing. The other roots are computed in float64 on the
 * host, from eigenvalues, with about 6·(m³ + n³) multiply-adds for an m × n matrix. L and R are
 * kept in float32; an eigenvalue that rounding has taken below ε counts as ε.
 *
 * With f > 1 the roots follow L and R in the first f updates, as long as these grow by much, and in every
 * f-th after them. Kept roots lengthen a direction that they lack by up to 1/√ε, so take a larger ε then.
 *
 * Making the state fails with a `Fault` (`options`) if the rate or ε is not positive and finite, f or
 * `most` is not a whole number in its range, or λ is negative. An update that computes roots fails with
 * one (`solver`) if L or R is not finite, as for directions that are not.
 *
 * @param rate η, a number or a function of the updates made before
 * @param epsilon ε. Default 1e-4
 * @param options λ (`decay`), default 0; `of`, the parameters that decay, default all; `every` f and
 *   `most`, see `ShampooOptions`
 *
 * @example Optimizer.shampoo(0.1, 1e-4, { every: 10 })
 */
export const shampoo = (
  rate: number | LearningRate,
  epsilon?: number,
  { decay = 0, of, ...options }: ShampooOptions & { readonly decay?: number; readonly of?: Selection } = {},
): Optimizer =>
  named('shampoo', chain(scaleByShampoo(epsilon, options), weightDecay(decay, of), scale(rate)));
