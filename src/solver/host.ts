/** Float64 linear algebra on the host. Matrices are row-major. */

/** A value of a typed array; 0 past its end. */
export const at = (values: Float64Array, i: number): number => values[i] ?? 0;

/**
 * Σ_k a[i0 + k]·b[j0 + k] for k < n, in four running sums so that the processor can overlap them.
 */
export const dotRows = (a: Float64Array, i0: number, b: Float64Array, j0: number, n: number): number => {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < n; k += 4) {
    s0 += at(a, i0 + k) * at(b, j0 + k);
    s1 += at(a, i0 + k + 1) * at(b, j0 + k + 1);
    s2 += at(a, i0 + k + 2) * at(b, j0 + k + 2);
    s3 += at(a, i0 + k + 3) * at(b, j0 + k + 3);
  }
  for (; k < n; k++) s0 += at(a, i0 + k) * at(b, j0 + k);
  return s0 + s1 + (s2 + s3);
};

/** A·Bᵀ for row-major A [m, k] and B [n, k]. */
export const timesTransposed = (
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  k: number,
): Float64Array => {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] = dotRows(a, i * k, b, j * k, k);
  return out;
};

/** A·Aᵀ for row-major A [m, k]. */
export const gramOfRows = (a: Float64Array, m: number, k: number): Float64Array => {
  const out = new Float64Array(m * m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      const value = dotRows(a, i * k, a, j * k, k);
      out[i * m + j] = value;
      out[j * m + i] = value;
    }
  return out;
};

/** The transpose of a row-major [m, n] matrix. */
export const transposeHost = (a: Float64Array, m: number, n: number): Float64Array => {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = at(a, i * n + j);
  return out;
};

/** ‖a‖ over all entries. */
export const normHost = (a: Float64Array): number => Math.sqrt(dotRows(a, 0, a, 0, a.length));

/** M + βI for an n×n matrix. */
export const shifted = (m: Float64Array, n: number, beta: number): Float64Array => {
  const out = m.slice();
  for (let i = 0; i < n; i++) out[i * n + i] = at(out, i * n + i) + beta;
  return out;
};

/** a / b, or a itself if b is 0. */
export const relative = (residual: number, rhs: number): number => (rhs === 0 ? residual : residual / rhs);

/** a / b, 0 for 0 / 0; NaN stays. */
export const ratioOf = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : a / b);
