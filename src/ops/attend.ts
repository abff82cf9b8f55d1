/** Scaled dot-product attention by heads, as an op: a kernel of its own if the backend has one. */
import {
  broadcastTo,
  fill,
  matMul,
  mul,
  reshape,
  softmax,
  type Tensor,
  tensor,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import { hasKernel, runOwn, runOwnForOne } from './kernel';
import { type AttendAttributes } from './ownKernels';

/** [N·heads, T, w] of [N, T, heads·w]: the features of each head as a sequence of their own. */
export const perHead = (x: Tensor, heads: number): Tensor => {
  const [examples = 0, length = 0, features = 0] = x.shape;
  const parts = reshape(x, [examples, length, heads, features / heads]);
  return reshape(transpose(parts, [0, 2, 1, 3]), [examples * heads, length, features / heads]);
};

/** The inverse of `perHead`. */
export const ofHeads = (x: Tensor, heads: number): Tensor => {
  const [sequences = 0, length = 0, width = 0] = x.shape;
  const parts = reshape(x, [sequences / heads, heads, length, width]);
  return reshape(transpose(parts, [0, 2, 1, 3]), [sequences / heads, length, heads * width]);
};

/**
 * A number so far below every score that an exponential gives 0. It is finite, since GPUs need not
 * keep infinities.
 */
const MASKED = -3e38;

/** [T, T]: where a place may look. */
const causalMask = (length: number): Tensor =>
  tensor(
    Uint8Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? 0 : 1)),
    [length, length],
    'bool',
  );

/** Scores of what may be seen; another score, whatever it is, does not count. */
const causally = (scores: Tensor): Tensor =>
  where(broadcastTo(causalMask(scores.shape[1] ?? 0), scores.shape), scores, fill(scores.shape, MASKED));

/** softmax(Q·Kᵀ/√w) of queries and keys [·, T, w]: how much each place looks at each. */
export const attentionWeights = (queries: Tensor, keys: Tensor, causal: boolean): Tensor => {
  const scores = matMul(mul(queries, 1 / Math.sqrt(queries.shape[2] ?? 1)), keys, false, true);
  return softmax(causal ? causally(scores) : scores, -1);
};

/** concat_h(softmax(Q_h·K_hᵀ/√w)·V_h) of queries, keys and values [N, T, D], by ops of tfjs. */
export const attended = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { heads, causal }: AttendAttributes,
): Tensor => {
  const weights = attentionWeights(perHead(query, heads), perHead(key, heads), causal);
  return ofHeads(matMul(weights, perHead(value, heads)), heads);
};

/** Whether `attendedAtOnce` of these is one kernel, which remembers its arguments alone: it reads float32. */
export const attendsAtOnce = (...xs: readonly Tensor[]): boolean =>
  xs.every(({ dtype }) => dtype === 'float32') && hasKernel('Attend');

/** `attended` by a kernel. */
export const attendedAtOnce = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttendAttributes,
): Tensor => runOwnForOne('Attend', { query, key, value }, options);

/** Its pull-back for dy [N, T, D]: the cotangents of queries, keys and values, which you dispose of. */
export const attendedGradient = (
  operands: { readonly [name in 'query' | 'key' | 'value' | 'dy']: Tensor },
  options: AttendAttributes,
): readonly Tensor[] => runOwn('AttendGradient', operands, options);
