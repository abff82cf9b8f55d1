/** Roots and eigenbases of symmetric positive definite matrices, in float64 on the host. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { fail, toHost } from '../core';
import { dotOf, symmetricEigen } from './eigen';

const at = (m: Float64Array, i: number): number => m[i] ?? Number.NaN;

/**
 * Computes A^(−1/p) = V·diag(λ^(−1/p))·Vᵀ of a symmetric matrix [n, n] whose eigenvalues are at
 * least `least`; one that rounding has taken below counts as that. It throws a `solver` `Fault` as
 * `symmetricEigen` does.
 */
export const inverseRoot = (path: string, matrix: Tensor, p: number, least: number): Tensor => {
  const [n = 1] = matrix.shape;
  const { values, vectors } = symmetricEigen(path, toHost(matrix), n);
  const powers = values.map((x) => Math.max(x, least) ** (-1 / p));
  // The rows of V.
  const rows = vectors.map((_, i) => Float64Array.from(vectors, (vector) => at(vector, i)));
  const out = new Float32Array(n * n);
  rows.forEach((own, i) => {
    const scaled = own.map((x, k) => x * at(powers, k));
    rows.slice(0, i + 1).forEach((other, j) => {
      out[i * n + j] = out[j * n + i] = dotOf(scaled, other);
    });
  });
  return tensor(out, [n, n]);
};

/**
 * Replaces the columns of a matrix by its orthogonal factor, by modified Gram-Schmidt, twice. It
 * gives NaN if the columns are dependent.
 */
const orthogonalise = (columns: readonly Float64Array[]): void => {
  columns.forEach((own, j) => {
    // Once leaves a rounding of the condition number, twice none (Giraud and others 2005).
    for (let turn = 0; turn < 2; turn++)
      for (let i = 0; i < j; i++) {
        const other = columns[i] ?? own;
        const along = dotOf(other, own);
        for (let k = 0; k < own.length; k++) own[k] = at(own, k) - along * at(other, k);
      }
    const size = Math.sqrt(dotOf(own, own));
    for (let k = 0; k < own.length; k++) own[k] = at(own, k) / size;
  });
};

/**
 * Gives Q after so many QR iterations Q ← qf((A + δ·tr(A)/n·I)·Q), where qf is the orthogonal
 * factor whose triangular factor has a positive diagonal. It approaches the eigenvectors of a
 * symmetric positive semidefinite A [n, n], from the largest eigenvalue down (Golub and Van Loan,
 * section 8.2). If A is 0 it gives Q back. It throws a `solver` `Fault` if A is not finite.
 */
export const orthogonalFactor = (
  path: string,
  matrix: Tensor,
  basis: Tensor,
  shift: number,
  times: number,
): Tensor => {
  const [n = 1] = matrix.shape;
  const a = toHost(matrix);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += at(a, i * (n + 1));
  if (trace === 0 || times === 0) return basis.clone();
  const q = toHost(basis);
  let columns = Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: n }, (_u, i) => at(q, i * n + j)),
  );
  const rows = Array.from({ length: n }, (_, i) => a.subarray(i * n, (i + 1) * n));
  for (let turn = 0; turn < times; turn++) {
    columns = columns.map((column) =>
      Float64Array.from(rows, (row, i) => dotOf(row, column) + ((shift * trace) / n) * at(column, i)),
    );
    orthogonalise(columns);
  }
  const out = Float32Array.from({ length: n * n }, (_, k) => at(columns[k % n] ?? a, Math.floor(k / n)));
  if (!out.every(Number.isFinite))
    fail('solver', path, 'directions that are finite', `a factor of trace ${trace.toPrecision(3)}`);
  return tensor(out, [n, n]);
};
