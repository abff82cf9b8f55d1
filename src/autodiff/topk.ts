/** The largest entries of rows, with a gradient. */
import { gather, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { checkStarted, checkTensor, fail, scope, showShape, whole } from '../core';

/** The k largest numbers of each row, and their places. */
export interface TopK {
  /** [..., k], in descending order. Differentiable. */
  readonly values: Tensor;
  /** [..., k], int32: their places in the rows. */
  readonly indices: Tensor;
}

/**
 * A negative number if `a` comes before `b`, a positive one if it comes after. A NaN comes before
 * all numbers, so that it stays visible.
 */
const descending = (a: number, b: number): number => {
  if (a > b) return -1;
  if (a < b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
};

/** The places of the k largest numbers of a row, the largest first; of equal ones the first. */
const greatest = (row: ArrayLike<number>, k: number): Int32Array =>
  Int32Array.from({ length: row.length }, (_, i) => i)
    .sort((i, j) => descending(row[i] ?? 0, row[j] ?? 0) || i - j)
    .subarray(0, k);

/**
 * The k largest entries of each row, along the last axis:
 *
 *     values[…, j] = x[…, indices[…, j]],   values[…, 0] ≥ values[…, 1] ≥ …,   x [..., n], 1 ≤ k ≤ n
 *
 * Of equal entries, the one with the lowest index comes first. A NaN counts as larger than every
 * number, as in PyTorch. The gradient puts the cotangent of each value in its place, and zeros
 * elsewhere. To derivatives of every order, the choice is a constant:
 *
 *     x̄[…, indices[…, j]] = values̄[…, j]
 *
 * The choice is made on the host, so a GPU waits for x. You dispose of both results. Throws a
 * `Fault` with tag `shape` for a scalar, `options` if k is out of its range, `data` if x is no
 * tensor of float32 or int32 numbers, and `memory` if it was freed.
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
