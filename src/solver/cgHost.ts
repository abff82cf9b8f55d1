/**
 * Conjugate gradients in float64 on the host: for small systems, where it costs nothing and float32
 * would lose digits in the directions of small eigenvalues, and as a second way to compute every
 * number of `cg.ts`.
 */
import { at, dotRows, ratioOf } from './host';
import { type Scalars } from './operator';

export interface HostIterate {
  readonly value: Float64Array;
  readonly iterations: number;
}

/** The product of rows of n numbers with a symmetric matrix. */
export type HostProduct = (v: Float64Array) => Float64Array;

/**
 * Iterates in the space of `g` for (M + βI)·v = g, with M given by its product. Inner products are
 * taken in `metric`, which commutes with M: none for the system itself, M for the dual. Rows have n
 * numbers; scalars are per row or for all rows.
 */
export const conjugateGradientsHost = (
  product: HostProduct,
  beta: number,
  n: number,
  g: Float64Array,
  iterations: number,
  scalars: Scalars,
  stopAt: number,
  metric: 'plain' | 'product' = 'plain',
): HostIterate => {
  const group = scalars === 'perUnit' ? n : g.length;
  const v = new Float64Array(g.length);
  const s = g.slice();
  const q = g.slice();
  const dual = metric === 'product';
  let ms = product(s);
  const mq = ms.slice();
  // In the dual, the residual of a solved system lies in the null space of M: its square in M is
  // rounding of either sign.
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + Math.max(b, 0), 0);
  const dots = (a: Float64Array, b: Float64Array): number[] =>
    Array.from({ length: g.length / group }, (_, i) => dotRows(a, i * group, b, i * group, group));
  const ratio = (a: number | undefined, b: number | undefined): number =>
    a !== undefined && b !== undefined && b > 0 ? a / b : 0;
  const start = dots(s, dual ? ms : s);
  let ss = start;
  let k = 0;
  for (; k < iterations && !(stopAt > 0 && Math.sqrt(ratioOf(sum(ss), sum(start))) <= stopAt); k++) {
    const t = mq.map((m, i) => m + beta * at(q, i));
    const curvature = dots(dual ? mq : q, t);
    for (let i = 0; i < g.length; i++) {
      const alpha = ratio(ss[Math.floor(i / group)], curvature[Math.floor(i / group)]);
      v[i] = at(v, i) + alpha * at(q, i);
      s[i] = at(s, i) - alpha * at(t, i);
    }
    ms = product(s);
    const next = dots(s, dual ? ms : s);
    for (let i = 0; i < g.length; i++) {
      const along = ratio(next[Math.floor(i / group)], ss[Math.floor(i / group)]);
      q[i] = at(s, i) + along * at(q, i);
      mq[i] = at(ms, i) + along * at(mq, i);
    }
    ss = next;
  }
  return { value: v, iterations: k };
};
