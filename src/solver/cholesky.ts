/** Dense symmetric positive definite systems in float64 on the host. Matrices are row-major. */
import { fail } from '../core';
import { at, dotRows } from './host';

/**
 * The Cholesky factor L of an n×n matrix M = L·Lᵀ in float64: lower triangular, row-major, with
 * zeros above the diagonal. Only the lower half of M is read. Returns `undefined` if M is not
 * positive definite.
 *
 * `m` is M, row-major.
 *
 * @example [...(cholesky(Float64Array.of(4, 2, 2, 2), 2) ?? [])] // [2, 0, 1, 1]
 */
export const cholesky = (m: Float64Array, n: number): Float64Array | undefined => {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++)
      l[i * n + j] = (at(m, i * n + j) - dotRows(l, i * n, l, j * n, j)) / at(l, j * n + j);
    const pivot = at(m, i * n + i) - dotRows(l, i * n, l, i * n, i);
    if (!(pivot > 0)) return undefined;
    l[i * n + i] = Math.sqrt(pivot);
  }
  return l;
};

/**
 * L⁻¹ of a lower triangular n×n matrix in float64, row-major; it is lower triangular too.
 *
 * `l` is that matrix, of which only the lower half is read.
 *
 * @example [...invertLower(Float64Array.of(2, 0, 1, 1), 2)] // [0.5, 0, -0.5, 1]
 */
export const invertLower = (l: Float64Array, n: number): Float64Array => {
  // Built as its transpose, column by column of L⁻¹, so that every inner product runs along rows.
  const columns = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    columns[j * n + j] = 1 / at(l, j * n + j);
    for (let i = j + 1; i < n; i++)
      columns[j * n + i] = -dotRows(l, i * n + j, columns, j * n + j, i - j) / at(l, i * n + i);
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) inverse[i * n + j] = at(columns, j * n + i);
  return inverse;
};

/**
 * X with L·Lᵀ·Xᵀ = Bᵀ in float64: each row of B [u, n] is one right-hand side, and X has the shape
 * of B. Throws a `Fault` with tag `shape` if B has another length.
 *
 * `l` is L, row-major, and `b` is B with `u` rows of `n` numbers.
 *
 * @example [...choleskySolve(Float64Array.of(2, 0, 1, 1), 2, Float64Array.of(6, 4), 1)] // [1, 1]
 */
export const choleskySolve = (l: Float64Array, n: number, b: Float64Array, u: number): Float64Array => {
  if (b.length !== u * n) fail('shape', 'choleskySolve', `${u * n} values`, `${b.length}`);
  const x = b.slice();
  const transposed = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) transposed[j * n + i] = at(l, i * n + j);
  for (let row = 0; row < u * n; row += n) {
    for (let i = 0; i < n; i++)
      x[row + i] = (at(x, row + i) - dotRows(l, i * n, x, row, i)) / at(l, i * n + i);
    for (let i = n - 1; i >= 0; i--)
      x[row + i] =
        (at(x, row + i) - dotRows(transposed, i * n + i + 1, x, row + i + 1, n - i - 1)) / at(l, i * n + i);
  }
  return x;
};
