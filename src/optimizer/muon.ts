/** Muon: momentum whose matrices are made orthogonal (Jordan et al. 2024). */
import { add, matMul, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { whole } from '../core';
import { type LearningRate } from './learningRate';
import { grouped } from './masked';
import { chain, named, type Optimizer, single } from './optimizer';
import { type Selection } from './selection';
import { unitDirection } from './size';
import { perTensor } from './tensors';
import { adamw } from './recipes';
import { scale, trace, weightDecay } from './transforms';

/** Jordan's quintic: all singular values in (0, 1] come near 1, to within a third. */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;

/** X ← aX + (bS + cS²)X with S = XXᵀ, from X = G/‖G‖. */
const newtonSchulz = (g: Tensor, steps: number): Tensor => {
  const [rows = 1, columns = 1] = g.shape;
  const wide = rows <= columns;
  let x = unitDirection(g);
  for (let i = 0; i < steps; i++) {
    // The smaller of the two products of the matrix with itself.
    const s = matMul(x, x, !wide, wide);
    const p = add(mul(s, B), mul(matMul(s, s), C));
    x = add(mul(x, A), wide ? matMul(p, x) : matMul(x, p));
  }
  return x;
};

/**
 * Makes each matrix of the direction orthogonal: for d = U·S·Vᵀ with m rows and n columns,
 *
 *     u = 0.2·√max(m, n)·O,   O ≈ U·Vᵀ
 *
 * Five steps of Newton–Schulz leave the singular values of O between 0.7 and 1.2. The factor gives
 * the numbers the root mean square of Adam's (Liu et al. 2025). A tensor of more than two axes is
 * one matrix with its last axis as the columns. Vectors and numbers pass unchanged.
 *
 * Making the state fails with a `Fault` (`options`) if `steps` is not a whole number of at least 1.
 *
 * @param steps steps of Newton–Schulz. Default 5
 *
 * @example chain(trace(0.95), orthogonalised(), scale(0.02))
 */
export const orthogonalised = (steps = 5): Optimizer =>
  single(
    perTensor({
      name: 'orthogonalised',
      check: () => {
        whole('orthogonalised steps', steps, 1);
      },
      update: (d) => {
        if (d.shape.length < 2) return { direction: d, memory: [] };
        const columns = d.shape.at(-1) ?? 1;
        const rows = d.size / columns;
        const o = newtonSchulz(reshape(d, [rows, columns]), steps);
        return {
          direction: reshape(mul(o, 0.2 * Math.sqrt(Math.max(rows, columns))), d.shape),
          memory: [],
        };
      },
    }),
  );

/** Options of `muon`: momentum, steps of Newton–Schulz, weight decay. */
export interface MuonOptions {
  /** μ. Default 0.95. */
  readonly mu?: number;
  /** Steps of Newton–Schulz. Default 5. */
  readonly steps?: number;
  /** λ of decoupled weight decay of the matrices. Default 0. */
  readonly decay?: number;
  /**
   * The tensors that muon moves. Default: all of two axes or more; leave out embeddings and the
   * last layer.
   */
  readonly of?: Selection;
  /** The optimizer of all other tensors. Default: `adamw` at the same rate, without decay. */
  readonly others?: Optimizer;
}

/**
 * Muon (Jordan et al. 2024): momentum whose matrices `orthogonalised` makes orthogonal, O below.
 * Another optimizer moves all other tensors.
 *
 *     m ← μ·m + d
 *     θ ← θ − η·(O(d + μ·m) + λ·θ)
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, μ lies
 * outside of [0, 1), `steps` is not a whole number of at least 1, λ is negative or not finite, or
 * `of` names a path without parameters.
 *
 * @param rate η, a number or a function of the updates made before; also that of the default
 *   optimizer of other tensors
 * @param options μ (`mu`), default 0.95; `steps`, default 5; λ (`decay`), default 0; `of`, what it
 *   moves, default all tensors of two axes or more; `others`, the optimizer of the rest, default
 *   `adamw` at the same rate without decay
 *
 * @example Optimizer.muon(1e-3, { of: (path, shape) => shape.length === 2 && !path.startsWith('head') })
 */
export const muon = (
  rate: number | LearningRate,
  {
    mu = 0.95,
    steps,
    decay = 0,
    of = (_path, shape) => shape.length >= 2,
    others = adamw(rate, { decay: 0 }),
  }: MuonOptions = {},
): Optimizer =>
  named(
    'muon',
    grouped(
      [
        { of, by: chain(trace(mu, true), orthogonalised(steps), weightDecay(decay), scale(rate)) },
        { of: () => true, by: others },
      ],
      (i) => (i === 0 ? 'muon.of' : 'muon.others'),
    ),
  );
