/** Eigenvalues and eigenvectors of symmetric matrices, in float64 on the host. */
import { fail } from '../core';

/** Steps of the QR iteration for each eigenvalue; two are usual. */
const MOST_STEPS = 30;
/** The unit of float64 rounding. */
const UNIT = 2 ** -53;

/** The eigenvalues, and the eigenvector of each as a row of [n, n]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

const at = (m: Float64Array, i: number): number => m[i] ?? Number.NaN;

/** ⟨a, b⟩ from an index on, in four sums, which a processor can overlap. */
export const dotOf = (a: Float64Array, b: Float64Array, from = 0): number => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = from;
  for (; k + 3 < a.length; k += 4) {
    s0 += at(a, k) * at(b, k);
    s1 += at(a, k + 1) * at(b, k + 1);
    s2 += at(a, k + 2) * at(b, k + 2);
    s3 += at(a, k + 3) * at(b, k + 3);
  }
  for (; k < a.length; k++) s0 += at(a, k) * at(b, k);
  return s0 + s1 + (s2 + s3);
};

/** T = Q·A·Qᵀ with T tridiagonal: its diagonal, the numbers beside it, and Q by rows. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly rows: readonly Float64Array[];
}

/** By Householder reflections I − β·vvᵀ (Golub and Van Loan, section 8.3.1), about 2n³ multiply-adds. */
const tridiagonal = (a: readonly Float64Array[]): Tridiagonal => {
  const n = a.length;
  const beside = new Float64Array(Math.max(0, n - 1));
  const rows = a.map((_, i) => Float64Array.from(a, (_row, j) => Number(i === j)));
  const reflections: { readonly v: Float64Array; readonly beta: number }[] = [];
  a.slice(0, -1).forEach((row, k) => {
    const first = k + 1;
    const v = row.slice().fill(0, 0, first);
    const size = Math.sqrt(dotOf(v, v, first));
    // Against cancellation in v's first number.
    const alpha = at(v, first) > 0 ? -size : size;
    beside[k] = alpha;
    if (size === 0) return;
    v[first] = at(v, first) - alpha;
    const beta = 2 / dotOf(v, v, first);
    const w = Float64Array.from(a, (other, i) => (i < first ? 0 : beta * dotOf(other, v, first)));
    const along = (beta / 2) * dotOf(w, v, first);
    for (let i = first; i < n; i++) w[i] = at(w, i) - along * at(v, i);
    a.slice(first).forEach((other, below) => {
      const [vi, wi] = [at(v, first + below), at(w, first + below)];
      for (let j = first; j < n; j++) other[j] = at(other, j) - vi * at(w, j) - wi * at(v, j);
    });
    reflections.push({ v, beta });
  });
  for (const { v, beta } of reflections.reverse()) {
    const first = v.findIndex((x) => x !== 0);
    for (const row of rows) {
      const along = beta * dotOf(row, v, first);
      for (let j = first; j < n; j++) row[j] = at(row, j) - along * at(v, j);
    }
  }
  return { diagonal: Float64Array.from(a, (row, i) => at(row, i)), beside, rows };
};

/** Row p becomes c·p + s·q, and row q c·q − s·p. */
const rotate = (p: Float64Array, q: Float64Array, c: number, s: number): void => {
  for (let k = 0; k < p.length; k++) {
    const [x, y] = [at(p, k), at(q, k)];
    p[k] = c * x + s * y;
    q[k] = c * y - s * x;
  }
};

/**
 * One implicit QR step with Wilkinson's shift on the part from `low` to `high` of a tridiagonal
 * matrix, and of Q (Golub and Van Loan, algorithm 8.3.2).
 */
const qrStep = ({ diagonal: d, beside: e, rows }: Tridiagonal, low: number, high: number): void => {
  const [last, off] = [at(d, high), at(e, high - 1)];
  const half = (at(d, high - 1) - last) / 2;
  const shift = last - off ** 2 / (half + (half < 0 ? -1 : 1) * Math.hypot(half, off));
  let [x, z] = [at(d, low) - shift, at(e, low)];
  for (let k = low; k < high; k++) {
    const r = Math.hypot(x, z);
    const [c, s] = r === 0 ? [1, 0] : [x / r, z / r];
    if (k > low) e[k - 1] = r;
    const [a, b, g] = [at(d, k), at(e, k), at(d, k + 1)];
    d[k] = c * c * a + 2 * c * s * b + s * s * g;
    d[k + 1] = s * s * a - 2 * c * s * b + c * c * g;
    e[k] = c * s * (g - a) + (c * c - s * s) * b;
    if (k < high - 1) {
      x = at(e, k);
      z = s * at(e, k + 1);
      e[k + 1] = c * at(e, k + 1);
    }
    const [p, q] = [rows[k], rows[k + 1]];
    if (p !== undefined && q !== undefined) rotate(p, q, c, s);
  }
};

/**
 * Computes the eigenvalues and eigenvectors of a symmetric matrix of order n, by reflections to a
 * tridiagonal matrix and implicit QR steps, with about 5n³ multiply-adds. The error of an
 * eigenvalue is a rounding of the largest. It throws a `solver` `Fault` if the matrix is not finite
 * or the steps have not converged.
 */
export const symmetricEigen = (path: string, matrix: Float64Array, n: number): Eigen => {
  const wanted = 'a symmetric matrix whose eigenvalues converge';
  if (!matrix.every(Number.isFinite)) fail('solver', path, wanted, `one of order ${n} that is not finite`);
  const t = tridiagonal(Array.from({ length: n }, (_, i) => matrix.slice(i * n, (i + 1) * n)));
  const { diagonal: d, beside: e, rows } = t;
  let [high, steps] = [n - 1, 0];
  while (high > 0 && steps <= MOST_STEPS * n) {
    for (let k = 0; k < high; k++)
      if (Math.abs(at(e, k)) <= UNIT * (Math.abs(at(d, k)) + Math.abs(at(d, k + 1)))) e[k] = 0;
    if (e[high - 1] === 0) {
      high--;
      continue;
    }
    let low = high - 1;
    while (low > 0 && e[low - 1] !== 0) low--;
    qrStep(t, low, high);
    steps++;
  }
  if (high > 0 || !d.every(Number.isFinite))
    fail('solver', path, wanted, `one of order ${n} that does not, in ${steps} steps`);
  return { values: d, vectors: rows };
};
