/**
 * Conjugate gradients in float64 on the host: for small systems, where it costs nothing and float32 would lose
 * digits in the directions of small eigenvalues, and as the second route to every number of `cg.ts`.
 */
import { at, dotRows, relative } from './host';

/** `rows` systems M·v = g of order n at once; g and the result row by row. One scalar a group of rows. */
export const conjugateGradientsHost = (
  m: Float64Array,
  n: number,
  g: Float64Array,
  iterations: number,
  scalars: 'perUnit' | 'perLayer',
  stopAt = 0,
): { readonly value: Float64Array; readonly iterations: number; readonly residual: number } => {
  const rows = g.length / n;
  const group = scalars === 'perUnit' ? n : g.length;
  const v = new Float64Array(g.length);
  const s = g.slice();
  const q = g.slice();
  const t = new Float64Array(g.length);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const dots = (a: Float64Array, b: Float64Array): number[] =>
    Array.from({ length: g.length / group }, (_, i) => dotRows(a, i * group, b, i * group, group));
  const ratio = (a: number | undefined, b: number | undefined): number =>
    a !== undefined && b !== undefined && b > 0 ? a / b : 0;
  const start = dots(g, g);
  let ss = start;
  const residual = (): number => Math.sqrt(relative(sum(ss), sum(start)));
  let k = 0;
  for (; k < iterations && !(stopAt > 0 && residual() <= stopAt); k++) {
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < n; i++) t[row * n + i] = dotRows(m, i * n, q, row * n, n);
    const qt = dots(q, t);
    for (let i = 0; i < g.length; i++) {
      const alpha = ratio(ss[Math.floor(i / group)], qt[Math.floor(i / group)]);
      v[i] = at(v, i) + alpha * at(q, i);
      s[i] = at(s, i) - alpha * at(t, i);
    }
    const next = dots(s, s);
    for (let i = 0; i < g.length; i++)
      q[i] = at(s, i) + ratio(next[Math.floor(i / group)], ss[Math.floor(i / group)]) * at(q, i);
    ss = next;
  }
  return { value: v, iterations: k, residual: residual() };
};
