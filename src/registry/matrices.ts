/**
 * Small matrices in float64, for the formulas that optimizers have to follow. They use none of the
 * library's code.
 */
import { type Shape } from '../core';

/** Row by row. */
export type Matrix = readonly (readonly number[])[];

export const normOf = (numbers: readonly number[]): number =>
  Math.sqrt(numbers.reduce((s, v) => s + v * v, 0));

/**
 * The numbers of a tensor as a matrix whose columns are its last axis. A vector or a number has one
 * column.
 */
export const matrixOf = (numbers: Float64Array, shape: Shape): Matrix => {
  const columns = shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
  return Array.from({ length: numbers.length / columns }, (_, i) => [
    ...numbers.subarray(i * columns, (i + 1) * columns),
  ]);
};

export const transposed = (a: Matrix): Matrix =>
  (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
export const matrixProduct = (a: Matrix, b: Matrix): Matrix => {
  const columns = transposed(b);
  return a.map((row) =>
    columns.map((column) => row.reduce((s, v, k) => s + v * (column[k] ?? Number.NaN), 0)),
  );
};
/** x·a + y·b. */
export const combined = (a: Matrix, x: number, b: Matrix, y: number): Matrix =>
  a.map((row, i) => row.map((v, j) => x * v + y * (b[i]?.[j] ?? Number.NaN)));

export const identityMatrix = (n: number, by = 1): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_unused, j) => (i === j ? by : 0)));

/** The inverse by Gauss and Jordan, without pivots: of positive definite matrices. */
export const inverseMatrix = (matrix: Matrix): Matrix => {
  const n = matrix.length;
  const identity = identityMatrix(n);
  const rows = matrix.map((row, i) => [...row, ...(identity[i] ?? [])]);
  for (let k = 0; k < n; k++) {
    const pivot = rows[k] ?? [];
    const by = pivot[k] ?? Number.NaN;
    const scaled = pivot.map((v) => v / by);
    for (let i = 0; i < n; i++) {
      const row = rows[i] ?? [];
      const f = row[k] ?? Number.NaN;
      rows[i] = i === k ? scaled : row.map((v, j) => v - f * (scaled[j] ?? Number.NaN));
    }
  }
  return rows.map((row) => row.slice(n));
};

/** The lower triangular C with C·Cᵀ = A, of a positive definite matrix. */
export const choleskyOf = (a: Matrix): Matrix => {
  const c = a.map((row) => row.map(() => 0));
  const get = (m: Matrix, i: number, j: number): number => m[i]?.[j] ?? Number.NaN;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j <= i; j++) {
      let rest = get(a, i, j);
      for (let k = 0; k < j; k++) rest -= get(c, i, k) * get(c, j, k);
      const row = c[i] ?? [];
      row[j] = i === j ? Math.sqrt(rest) : rest / get(c, j, j);
    }
  return c;
};
