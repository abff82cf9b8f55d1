/** The greatest entries of rows, with a gradient. */
import { gather, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { checkStarted, checkTensor, fail, scope, showShape, whole } from '../core';

/** The k largest numbers of each row, and their places. */
export interface TopK {
  /** [..., k], in descending order. Differentiable. */
  readonly values: Tensor;
  /** [..., k], int32: where they stand in their rows. */
  readonly indices: Tensor;
}

/** Whether `a` comes before `b`, below 0, or behind it. A NaN comes before all numbers, so that it is handed on. */
const descending = (a: number, b: number): number => {
  if (a > b) return -1;
  if (a < b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
};

/** The places of the k greatest in a row, greatest first; of equal ones the first. */
const greatest = (row: ArrayLike<number>, k: number): Int32Array =>
  Int32Array.from({ length: row.length }, (_, i) => i)
    .sort((i, j) => descending(row[i] ?? 0, row[j] ?? 0) || i - j)
    .subarray(0, k);

/**
 * The k greatest entries of each row, along the last axis:
 *
 *     values[…, j] = x[…, indices[…, j]],   values[…, 0] ≥ values[…, 1] ≥ …,   x [..., n], 1 ≤ k ≤ n
 *
 * Of equal entries the one of the lowest index comes first. A NaN counts as greater than every number, as in PyTorch, so that it is
 * handed on. The gradient puts the cotangent of each value in its place and zeros elsewhere, on derivatives of every order the choice
 * is a constant:
 *
 *     x̄[…, indices[…, j]] = values̄[…, j]
 *
 * The choice is made on the host: on a GPU that waits for x. A `Fault`: `shape` for a scalar, `options` for another k, `data` for what is
 * no tensor of real numbers, `memory` for one that was freed. Both results are the caller's.
 *
 * @example const { values, indices } = topk(tensor2d([[1, 5, 3]]), 2); // [[5, 3]] and [[1, 2]]
 */
export const topk = (x: Tensor, k: number): TopK => {
  checkStarted();
  checkTensor('topk', x, 'float32', 'int32');
  const n = x.shape.at(-1) ?? fail('shape', 'topk', 'a tensor of at least one axis', 'a scalar');
  if (whole('topk: k', k, 1) > n)
    fail('options', 'topk: k', `at most ${n}, the last axis of ${showShape(x.shape)}`, `${k}`);
  const rows = x.size / n;
  const numbers = x.dataSync();
  const places = new Int32Array(rows * k);
  for (let row = 0; row < rows; row++)
    places.set(greatest(numbers.subarray(row * n, (row + 1) * n), k), row * k);
  const shape = [...x.shape.slice(0, -1), k];
  return scope(() => ({
    values: reshape(
      gather(
        reshape(x, [x.size]),
        tensor(
          places.map((place, i) => Math.floor(i / k) * n + place),
          [places.length],
          'int32',
        ),
      ),
      shape,
    ),
    indices: tensor(places, shape, 'int32'),
  }));
};
