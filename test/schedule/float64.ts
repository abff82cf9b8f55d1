/** Float64 arithmetic on arrays of arrays, for transcriptions of published formulas. Nothing here is the library's. */

export type Matrix = readonly (readonly number[])[];

const at = (m: Matrix, i: number, j: number): number => m[i]?.[j] ?? Number.NaN;

export const build = (rows: number, columns: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => f(i, j)));

export const size = (m: Matrix): readonly [number, number] => [m.length, m[0]?.length ?? 0];

export const map = (f: (v: number, i: number, j: number) => number, m: Matrix): Matrix =>
  m.map((row, i) => row.map((v, j) => f(v, i, j)));

/** f of the entries of several matrices of one size. */
export const zip = (f: (...v: readonly number[]) => number, ...ms: readonly Matrix[]): Matrix =>
  map((_, i, j) => f(...ms.map((m) => at(m, i, j))), ms[0] ?? []);

export const transpose = (m: Matrix): Matrix => {
  const [rows, columns] = size(m);
  return build(columns, rows, (i, j) => at(m, j, i));
};

export const times = (a: Matrix, b: Matrix): Matrix => {
  const [rows, inner] = size(a);
  return build(rows, size(b)[1], (i, j) => {
    let total = 0;
    for (let k = 0; k < inner; k++) total += at(a, i, k) * at(b, k, j);
    return total;
  });
};

export const plus = (a: Matrix, b: Matrix, c = 1): Matrix => zip((x = 0, y = 0) => x + c * y, a, b);

export const identity = (n: number, by = 1): Matrix => build(n, n, (i, j) => (i === j ? by : 0));

/** [m, 1] */
export const withOnes = (m: Matrix): Matrix => m.map((row) => [...row, 1]);

/** M⁻¹·B by Gaussian elimination with pivots. */
export const solve = (m: Matrix, b: Matrix): Matrix => {
  const n = m.length;
  const rows = m.map((row, i) => [...row, ...(b[i] ?? [])]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k; i < n; i++) if (Math.abs(rows[i]?.[k] ?? 0) > Math.abs(rows[pivot]?.[k] ?? 0)) pivot = i;
    const [top, other] = [rows[pivot] ?? [], rows[k] ?? []];
    rows[pivot] = other;
    rows[k] = top;
    for (let i = 0; i < n; i++) {
      const row = rows[i] ?? [];
      const factor = i === k ? 0 : (row[k] ?? 0) / (top[k] ?? Number.NaN);
      if (factor !== 0) rows[i] = row.map((v, j) => v - factor * (top[j] ?? 0));
    }
  }
  return rows.map((row, i) => row.slice(n).map((v) => v / (row[i] ?? Number.NaN)));
};

/** argmin_u ½‖r(u)‖² near a start, by Levenberg-Marquardt with central differences, to the end of float64. */
export const leastSquares = (
  residuals: (u: readonly number[]) => readonly number[],
  start: readonly number[],
): readonly number[] => {
  let u = start;
  let damping = 1e-6;
  const cost = (r: readonly number[]): number => r.reduce((s, v) => s + v * v, 0);
  for (let turn = 0; turn < 60; turn++) {
    const r = residuals(u);
    const columns = u.map((_, k) => {
      const moved = (h: number): readonly number[] => residuals(u.map((v, i) => (i === k ? v + h : v)));
      const [above, below] = [moved(1e-6), moved(-1e-6)];
      return above.map((v, i) => (v - (below[i] ?? 0)) / 2e-6);
    });
    const slope = columns.map((c) => [-c.reduce((s, v, i) => s + v * (r[i] ?? 0), 0)]);
    const gram = times(columns, transpose(columns));
    const step = solve(plus(gram, identity(u.length, damping)), slope);
    const next = u.map((v, i) => v + (step[i]?.[0] ?? 0));
    if (cost(residuals(next)) <= cost(r)) {
      u = next;
      damping = Math.max(damping / 10, 1e-14);
    } else damping *= 10;
  }
  return u;
};

/** argmin of a function of one number within a bracket: a fine grid, then golden sections. */
export const scalarMinimum = (f: (u: number) => number, low: number, high: number): number => {
  const n = 4000;
  let best = low;
  for (let i = 0; i <= n; i++) {
    const u = low + ((high - low) * i) / n;
    if (f(u) < f(best)) best = u;
  }
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [best - (high - low) / n, best + (high - low) / n];
  for (let i = 0; i < 80; i++) {
    const [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
    if (f(c) < f(d)) b = d;
    else a = c;
  }
  return (a + b) / 2;
};
