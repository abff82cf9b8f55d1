/** SOAP: Adam in the eigenbasis of Shampoo's factors (Vyas et al. 2024). */
import {
  add,
  div,
  eye,
  matMul,
  mul,
  reshape,
  scalar,
  sqrt,
  square,
  type Tensor,
  zeros,
} from '@tensorflow/tfjs-core';
import { asFloat32, fraction, positive, whole } from '../core';
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, single } from './optimizer';
import { orthogonalFactor } from './roots';
import { type Selection } from './selection';
import { perTensor } from './tensors';
import { scale, weightDecay } from './transforms';

/** Options of `soap`. */
export interface SoapOptions {
  /** β₁. Default 0.95. */
  readonly beta1?: number;
  /** β₂, of second moments and of L and R. Default 0.95. */
  readonly beta2?: number;
  /** ε. Default 1e-8. */
  readonly epsilon?: number;
  /** f: the bases follow L and R after so many updates. Default 10. */
  readonly every?: number;
  /** A side of more numbers is not turned: it goes by Adam. Default 1024. */
  readonly most?: number;
  /**
   * δ, a share of the mean eigenvalue that is added to L, so that the QR factor is unique where L
   * has zero eigenvalues. Default 1e-3.
   */
  readonly shift?: number;
}

/** QR iterations that make the first bases, from Q = I. */
const FIRST = 4;

/** A tensor as a matrix, its last axis the columns. */
const matrixOf = (d: Tensor): Tensor => {
  const columns = d.shape.at(-1) ?? 1;
  return reshape(d, [d.size / columns, columns]);
};

/** A side of the matrix: its factor and its basis, where it is turned. */
interface Side {
  readonly factor: Tensor;
  readonly basis: Tensor;
}

/**
 * The transform of `soap` before its decay and its learning rate: `u = Q_L·N·Q_Rᵀ` for each matrix
 * of the direction. It fails as `soap` does, where these options and directions that are not finite
 * are concerned.
 *
 * @param options β₁, β₂, ε, `every` f, `most` and the `shift` δ; see `SoapOptions`
 *
 * @example chain(scaleBySoap({ every: 5 }), scale(3e-3))
 */
export const scaleBySoap = ({
  beta1 = 0.95,
  beta2 = 0.95,
  epsilon = 1e-8,
  every = 10,
  most = 1024,
  shift = 1e-3,
}: SoapOptions = {}): Optimizer =>
  single(
    perTensor({
      name: 'soap',
      check: () => {
        fraction('soap beta1', beta1);
        fraction('soap beta2', beta2);
        asFloat32('epsilon', positive('epsilon', epsilon));
        whole('soap every', every, 1);
        whole('soap most', most, 0);
        positive('soap shift', shift);
      },
      init: (parameter) => {
        const moments = [zeros(parameter.shape), zeros(parameter.shape)];
        if (parameter.shape.length < 2) return moments;
        const sides = matrixOf(parameter).shape.flatMap((n) =>
          n > most ? [scalar(0), scalar(0)] : [zeros([n, n]), eye(n)],
        );
        return [...moments, ...sides];
      },
      update: (d, [m = d, v = d, l, ql, r, qr], _parameter, step) => {
        const [left, right] = [sideOf(l, ql), sideOf(r, qr)];
        const g = left === undefined && right === undefined ? d : matrixOf(d);
        const followed = (side: Side | undefined, product: () => Tensor): Side | undefined => {
          if (side === undefined) return undefined;
          const factor = add(mul(side.factor, beta2), mul(product(), 1 - beta2));
          const times = step === 0 ? FIRST : Number(step % every === 0);
          return { factor, basis: orthogonalFactor('soap', factor, side.basis, shift, times) };
        };
        const [nextLeft, nextRight] = [
          followed(left, () => matMul(g, g, false, true)),
          followed(right, () => matMul(g, g, true, false)),
        ];
        const sides = [
          nextLeft?.factor ?? l,
          nextLeft?.basis ?? ql,
          nextRight?.factor ?? r,
          nextRight?.basis ?? qr,
        ].flatMap((tensor) => tensor ?? []);
        // A direction that is not finite shows all the same.
        if (step === 0) return { direction: mul(d, 0), memory: [m, v, ...sides] };
        const mean = add(mul(m, beta1), mul(d, 1 - beta1));
        const squares = add(mul(v, beta2), reshape(mul(square(turned(g, left, right)), 1 - beta2), v.shape));
        const numerator = div(turned(reshape(mean, g.shape), left, right), 1 - beta1 ** step);
        const denominator = add(sqrt(div(reshape(squares, g.shape), 1 - beta2 ** step)), epsilon);
        return {
          direction: reshape(turnedBack(div(numerator, denominator), left, right), d.shape),
          memory: [mean, squares, ...sides],
        };
      },
    }),
  );

const sideOf = (factor: Tensor | undefined, basis: Tensor | undefined): Side | undefined =>
  factor === undefined || basis === undefined || factor.rank < 2 ? undefined : { factor, basis };

/** Q_LᵀxQ_R, a side that is not turned being I. */
const turned = (x: Tensor, left: Side | undefined, right: Side | undefined): Tensor => {
  const y = left === undefined ? x : matMul(left.basis, x, true, false);
  return right === undefined ? y : matMul(y, right.basis);
};

/** Q_LxQ_Rᵀ. */
const turnedBack = (x: Tensor, left: Side | undefined, right: Side | undefined): Tensor => {
  const y = left === undefined ? x : matMul(left.basis, x);
  return right === undefined ? y : matMul(y, right.basis, false, true);
};

/**
 * SOAP (Vyas et al. 2024, arXiv 2409.11321, algorithm 3): Adam in the eigenbases of Shampoo's
 * factors, for a matrix G of the direction.
 *
 *     G′ = Q_LᵀGQ_R,   m ← β₁m + (1 − β₁)G,   v ← β₂v + (1 − β₂)G′²
 *     θ ← θ − η·(Q_L·N·Q_Rᵀ + λ·θ),   N = Q_Lᵀm̂Q_R/(√v̂ + ε)
 *     L ← β₂L + (1 − β₂)GGᵀ,   R ← β₂R + (1 − β₂)GᵀG
 *     every f updates   Q_L ← the orthogonal factor of (L + δ·tr(L)/n·I)·Q_L,   Q_R likewise
 *
 * The last line is one QR iteration; four of them from Q = I make the first bases. As in the
 * authors' program, the first update makes the bases and moves nothing, and m̂, v̂ count the
 * updates after it. The shift δ is our addition: it leaves the eigenvectors as they are, and makes
 * the factor unique where L has zero eigenvalues.
 *
 * Vectors and numbers go by Adam, and so does a side of more than `most` numbers. A tensor of more
 * than two axes is a matrix with its last axis as the columns. The QR factor is computed in float64
 * on the host, about 3·n³ multiply-adds a side; L, R and the bases are kept in float32.
 *
 * Making the state fails with a `Fault` (`options`) if the rate, ε or δ is not positive and finite,
 * β₁ or β₂ lies outside of [0, 1), `every` is not a whole number of at least 1, or λ is negative.
 * An update fails with one (`solver`) if the direction is not finite.
 *
 * @param rate η, a number or a function of the updates made before. Default 3e-3
 * @param options β₁, β₂, ε, f (`every`), `most` and δ (`shift`), see `SoapOptions`; λ (`decay`),
 *   default 0; `of`, the parameters that decay, default all
 *
 * @example Optimizer.soap(3e-3, { every: 5 })
 */
export const soap = (
  rate: number | LearningRate = 3e-3,
  { decay = 0, of, ...options }: SoapOptions & { readonly decay?: number; readonly of?: Selection } = {},
): Optimizer => named('soap', chain(scaleBySoap(options), weightDecay(decay, of), scale(rate)));
