import { type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Initialiser, uniformFanIn } from './initialiser';
import { attend, type AttendOptions, checkHeads } from './joins';
import { type Layer } from './layer';
import { input, met, netOf, wired } from './net';
import { projection } from './projection';

// A type alias, not an interface: only aliases are trees to the compiler.
/** Four matrices [D, D], with the outputs first. */
export type AttentionParameters = {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly output: Tensor;
};

/** Options of `selfAttention`: heads, causality, and how its weights are drawn. */
export interface AttentionOptions extends AttendOptions {
  /** Default: uniform on ±1/√D. */
  readonly initialiser?: Initialiser;
}

/**
 * Scaled dot-product self-attention (Vaswani et al. 2017) on sequences [T, D], without biases:
 *
 *     y = concat_h( softmax(Q_h·K_hᵀ / √(D/heads))·V_h )·Wᵀ_output
 *     Q = x·Wᵀ_query, K = x·Wᵀ_key, V = x·Wᵀ_value
 *
 * Q_h is the h-th part of the features of Q. Four projections and one `attend` make up the layer,
 * so the implicit step on each of its four matrices [D, D] is exact.
 *
 * @param length T, the tokens of a sequence
 * @param dimension D, the features of a token
 * @param options `heads`, default 1; `causal`, whether a token sees only itself and those before
 *   it, default false; `initialiser`
 * @throws a `Fault`: `shape` if T or D is not a whole number of at least 1, `options` if `heads`
 *   does not divide D
 *
 * @example selfAttention(28, 16, { heads: 2 }) // Layer<AttentionParameters, [28, 16], [28, 16]>
 */
export const selfAttention = <const T extends number, const D extends number>(
  length: T,
  dimension: D,
  { initialiser = uniformFanIn, ...options }: AttentionOptions = {},
): Layer<AttentionParameters, readonly [T, D], readonly [T, D]> => {
  checkShape('selfAttention', [length, dimension]);
  checkHeads('selfAttention', options.heads ?? 1, dimension);
  const shape: readonly [T, D] = [length, dimension];
  const one = projection(shape, dimension, { initialiser });
  const query = wired(input, 0, one, ['query']);
  const key = wired(query, 0, one, ['key']);
  const value = wired(key, 0, one, ['value']);
  const seen = met(value, attend(length, dimension, options), [query.output, key.output, value.output]);
  const net = netOf({
    name: 'selfAttention',
    input: shape,
    output: shape,
    nodes: wired(seen, seen.output, one, ['output']).nodes,
    affine: false,
    init: (k): AttentionParameters => ({
      query: one.init(Key.fold(k, 0)),
      key: one.init(Key.fold(k, 1)),
      value: one.init(Key.fold(k, 2)),
      output: one.init(Key.fold(k, 3)),
    }),
  });
  // Its nodes look for the four matrices where `init` has put them.
  return net as Layer<AttentionParameters, readonly [T, D], readonly [T, D]>;
};
