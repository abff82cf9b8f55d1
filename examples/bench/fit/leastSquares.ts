/** Least squares under signs, for a few coefficients. */
import { Solver } from '../../../src';

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, x, i) => total + x * (b[i] ?? 0), 0);

/** argmin ‖X·c − y‖² over the columns that are taken; nothing where they depend on each other. */
const solved = (
  rows: readonly (readonly number[])[],
  y: readonly number[],
  taken: readonly number[],
): readonly number[] | undefined => {
  const columns = taken.map((i) => rows.map((row) => row[i] ?? 0));
  // In units of each column: multiply-adds and microseconds are far apart.
  const sizes = columns.map((column) => Math.sqrt(dot(column, column)));
  if (sizes.some((size) => !(size > 0))) return undefined;
  const scaled = columns.map((column, i) => column.map((x) => x / (sizes[i] ?? 1)));
  const n = taken.length;
  const factor = Solver.cholesky(Float64Array.from(scaled.flatMap((a) => scaled.map((b) => dot(a, b)))), n);
  if (factor === undefined) return undefined;
  const right = Float64Array.from(scaled.map((a) => dot(a, y)));
  const found = Solver.choleskySolve(factor, n, right, 1);
  return taken.map((_, i) => (found[i] ?? 0) / (sizes[i] ?? 1));
};

/**
 * argmin over c ≥ 0 of Σ ((X·c)_i / y_i − 1)², for rows of X and positive y: times are to agree in their ratio. Every set of columns
 * is tried, as the best one is that whose coefficients are the minimum without signs: for up to ten columns.
 *
 * @example nonNegative([[1, 10], [1, 20]], [12, 22]) // [2, 1]
 */
export const nonNegative = (
  rows: readonly (readonly number[])[],
  y: readonly number[],
): readonly number[] => {
  const width = rows[0]?.length ?? 0;
  const relative = rows.map((row, i) => row.map((x) => x / (y[i] ?? 1)));
  const ones = y.map(() => 1);
  const none = Array.from({ length: width }, () => 0);
  let best = { error: Infinity, coefficients: none };
  for (let set = 1; set < 2 ** width; set++) {
    const taken = none.map((_, i) => i).filter((i) => (set & (1 << i)) !== 0);
    const found = solved(relative, ones, taken);
    if (found === undefined || found.some((c) => !(c >= 0))) continue;
    const coefficients = none.map((_, i) => (taken.includes(i) ? (found[taken.indexOf(i)] ?? 0) : 0));
    const error = relative.reduce((total, row) => total + (dot(row, coefficients) - 1) ** 2, 0);
    if (error < best.error) best = { error, coefficients };
  }
  return best.coefficients;
};
