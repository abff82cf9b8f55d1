import {
  broadcastTo,
  div,
  fill,
  matMul,
  reshape,
  softmax,
  type Tensor,
  tensor,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import { checkShape, fail, Key } from '../core';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** Four matrices [D, D], outputs first. */
export type AttentionParameters = {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly output: Tensor;
};

export interface AttentionOptions {
  /** Each attends with D / heads features of its own. Default 1. */
  readonly heads?: number;
  /** Whether a place sees only itself and those before it. Default false. */
  readonly causal?: boolean;
  /** Default: uniform on ±1/√D. */
  readonly initialiser?: Initialiser;
}

/** Below every score by more than an exponential sees, and finite: GPUs need not keep infinities. */
const MASKED = -3e38;

/** [T, T]: where a place may look. */
const causalMask = (length: number): Tensor =>
  tensor(
    Uint8Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? 0 : 1)),
    [length, length],
    'bool',
  );

/** Scores of what may be seen; another score, whatever it is, does not count. */
const causally = (scores: Tensor, length: number): Tensor =>
  where(broadcastTo(causalMask(length), scores.shape), scores, fill(scores.shape, MASKED));

/**
 * Scaled dot-product self-attention (Vaswani et al. 2017) on sequences [T, D]:
 *
 *     y = concat_h( softmax(Q_h·K_hᵀ / √(D/heads))·V_h )·Wᵀ_output,   Q = x·Wᵀ_query, K = x·Wᵀ_key, V = x·Wᵀ_value
 *
 * with Q_h the h-th part of the features; no biases.
 *
 * @example selfAttention(28, 16, { heads: 2 }) // Layer<AttentionParameters, [28, 16], [28, 16]>
 */
export const selfAttention = <const T extends number, const D extends number>(
  length: T,
  dimension: D,
  { heads = 1, causal = false, initialiser = uniformFanIn }: AttentionOptions = {},
): Layer<AttentionParameters, readonly [T, D], readonly [T, D]> => {
  checkShape('selfAttention', [length, dimension]);
  if (!Number.isSafeInteger(heads) || heads < 1 || dimension % heads !== 0)
    fail('options', 'selfAttention.heads', `a divisor of the dimension ${dimension}`, `${heads}`);
  const width = dimension / heads;
  const matrix = (key: Key.Key): Tensor =>
    initialiser.weights(key, [dimension, dimension], { fanIn: dimension, fanOut: dimension });
  return layer<AttentionParameters, readonly [T, D], readonly [T, D]>({
    name: 'selfAttention',
    input: [length, dimension],
    output: [length, dimension],
    affine: false,
    init: (key) => ({
      query: matrix(Key.fold(key, 0)),
      key: matrix(Key.fold(key, 1)),
      value: matrix(Key.fold(key, 2)),
      output: matrix(Key.fold(key, 3)),
    }),
    forward: ({ query, key, value, output }, x) => {
      const n = x.shape[0];
      const places = reshape(x, [n * length, dimension]);
      /** [N·heads, T, D/heads] of a projection. */
      const perHead = (weights: Tensor): Tensor => {
        const projected = reshape(matMul(places, weights, false, true), [n, length, heads, width]);
        return reshape(transpose(projected, [0, 2, 1, 3]), [n * heads, length, width]);
      };
      const scores = div(matMul(perHead(query), perHead(key), false, true), Math.sqrt(width));
      const weights = softmax(causal ? causally(scores, length) : scores, -1);
      const seen = reshape(matMul(weights, perHead(value)), [n, heads, length, width]);
      const joined = reshape(transpose(seen, [0, 2, 1, 3]), [n * length, dimension]);
      return reshape(matMul(joined, output, false, true), [n, length, dimension]);
    },
  });
};
