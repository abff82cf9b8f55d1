/**
 * Powers of symmetric positive definite matrices, in float64 on the host, by Jacobi's rotations.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { fail, toHost } from '../core';

/** Sweeps over all pairs; each squares what is left, and ten are many. */
const MOST_SWEEPS = 40;
/** The part of the norm that may remain off the diagonal: a hundred times float64 rounding. */
const CONVERGED = 1e-14;

export interface Eigen {
  /** Eigenvalues, and eigenvectors as the columns of V [n, n], row by row. */
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  /** ‖off-diagonal part of VᵀAV‖/‖A‖, measured. */
  readonly residual: number;
}

const at = (m: Float64Array, i: number): number => m[i] ?? Number.NaN;

/** A·J for the rotation J of the columns p and q; of the rows by step 1 and stride n. */
const rotate = (
  m: Float64Array,
  n: number,
  p: number,
  q: number,
  c: number,
  s: number,
  byRows: boolean,
): void => {
  for (let k = 0; k < n; k++) {
    const [i, j] = byRows ? [p * n + k, q * n + k] : [k * n + p, k * n + q];
    const [a, b] = [at(m, i), at(m, j)];
    m[i] = c * a - s * b;
    m[j] = s * a + c * b;
  }
};

const offDiagonal = (m: Float64Array, n: number): number =>
  Math.sqrt(m.reduce((t, v, i) => (i % (n + 1) === 0 ? t : t + v * v), 0));

/**
 * Computes the eigenvalues and eigenvectors of a symmetric matrix of order n, by cyclic Jacobi
 * rotations (Golub and Van Loan, section 8.5), with about 6n³ multiply-adds for each sweep. It
 * throws a `solver` `Fault` if the matrix is not finite or the rotations have not converged.
 */
export const symmetricEigen = (path: string, matrix: Float64Array, n: number): Eigen => {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * (n + 1)] = 1;
  const size = Math.sqrt(a.reduce((t, x) => t + x * x, 0));
  let residual = size === 0 ? 0 : offDiagonal(a, n) / size;
  for (let sweep = 0; sweep < MOST_SWEEPS && residual > CONVERGED; sweep++) {
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = at(a, p * n + q);
        if (apq === 0) continue;
        const theta = (at(a, q * n + q) - at(a, p * n + p)) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(1, theta));
        const c = 1 / Math.hypot(1, t);
        rotate(a, n, p, q, c, t * c, false);
        rotate(a, n, p, q, c, t * c, true);
        rotate(v, n, p, q, c, t * c, false);
      }
    residual = offDiagonal(a, n) / size;
  }
  if (!(residual <= CONVERGED))
    fail(
      'solver',
      path,
      'a symmetric matrix whose eigenvalues converge',
      `one of order ${n}, with ${residual} left`,
    );
  return { values: Float64Array.from({ length: n }, (_, i) => at(a, i * (n + 1))), vectors: v, residual };
};

/**
 * Computes A^(−1/p) = V·diag(λ^(−1/p))·Vᵀ of a symmetric positive definite matrix [n, n]. It throws
 * a `solver` `Fault` as `symmetricEigen` does, and if an eigenvalue is not positive.
 */
export const inverseRoot = (path: string, matrix: Tensor, p: number): Tensor => {
  const [n = 1] = matrix.shape;
  const { values, vectors } = symmetricEigen(path, toHost(matrix), n);
  const least = values.reduce((m, x) => Math.min(m, x), Infinity);
  if (!(least > 0))
    fail('solver', path, 'a positive definite matrix', `an eigenvalue ${least.toPrecision(3)}`);
  const powers = values.map((x) => x ** (-1 / p));
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let k = 0; k < n; k++) total += at(vectors, i * n + k) * at(powers, k) * at(vectors, j * n + k);
      out[i * n + j] = total;
    }
  return tensor(out, [n, n]);
};

/** ⟨a, b⟩ in four sums, which a processor can overlap. */
const dot = (a: Float64Array, b: Float64Array): number => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < a.length; k += 4) {
    s0 += at(a, k) * at(b, k);
    s1 += at(a, k + 1) * at(b, k + 1);
    s2 += at(a, k + 2) * at(b, k + 2);
    s3 += at(a, k + 3) * at(b, k + 3);
  }
  for (; k < a.length; k++) s0 += at(a, k) * at(b, k);
  return s0 + s1 + (s2 + s3);
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
        const along = dot(other, own);
        for (let k = 0; k < own.length; k++) own[k] = at(own, k) - along * at(other, k);
      }
    const size = Math.sqrt(dot(own, own));
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
      Float64Array.from(rows, (row, i) => dot(row, column) + ((shift * trace) / n) * at(column, i)),
    );
    orthogonalise(columns);
  }
  const out = Float32Array.from({ length: n * n }, (_, k) => at(columns[k % n] ?? a, Math.floor(k / n)));
  if (!out.every(Number.isFinite))
    fail('solver', path, 'directions that are finite', `a factor of trace ${trace.toPrecision(3)}`);
  return tensor(out, [n, n]);
};
