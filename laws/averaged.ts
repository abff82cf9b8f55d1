/** Law 45: exact steps in the metric of a running mean of AᵀA. */
import * as fc from 'fast-check';
import { linear, Solver, toHost } from '../src';
import { buildRidge, mildRidges, type RidgeCase } from './arbitrary';
import { length, plus } from './compare';
import { all, atMost, type Law } from './law';
import { numberOf } from './numbers';

/** An averaged solve under law. */
export type Averaging = typeof Solver.solveAveraged;

/** Batches of one layer, and the factor ρ by which older ones count less. */
export interface AveragedCase {
  readonly batches: readonly RidgeCase[];
  readonly rho: number;
}

/**
 * Law 45: after batches A_1 … A_k of one layer, with right-hand sides H_1 … H_k, V solves
 *
 *     (R_k·C + βI)·V = A_kᵀH_k,   C = Σ_i ρ^{k−i}·A_iᵀA_i/R_i / Σ_i ρ^{k−i}
 *
 * The law computes the residual in float64 on the host; for one batch it is that of the ridge
 * problem. Tolerance: float32 products and a float32 inverse, refined once.
 *
 * @param solve the averaged solve under law
 *
 * @example check(averagedMetric(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const averagedMetric = (solve: Averaging = Solver.solveAveraged): Law<AveragedCase> => ({
  number: numberOf('averagedMetric'),
  name: 'averaged: the metric is the mean of AᵀA/R over the batches, older ones less',
  arbitrary: fc
    .record({
      batches: fc.array(mildRidges(1e4), { minLength: 1, maxLength: 3 }),
      rho: fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100),
    })
    .map(({ batches: [first, ...others], rho }) => ({
      rho,
      // Batches of one layer: other seeds and rows, the same sizes.
      batches:
        first === undefined
          ? []
          : [
              first,
              ...others.map(({ seed, rows, kind }) => ({
                ...first,
                seed,
                rows,
                ...(kind === undefined ? {} : { kind }),
              })),
            ],
    })),
  holds: ({ batches, rho }) => {
    let memory: Solver.GramMean | undefined;
    let [sum, weight]: [Float64Array | undefined, number] = [undefined, 0];
    const verdicts = batches.map((batch) => {
      const { x, h } = buildRidge(batch);
      const beta = 1 / batch.tauTheta;
      const [rows = 0, fanIn = 0] = x.shape;
      const [units = 0] = h.shape;
      const n = fanIn + 1;
      const design = linear(fanIn, units).design?.(x);
      if (design === undefined) return 'a dense layer exposes its design';
      const solver = { ...Solver.exact(), average: rho };
      const found = solve(design, h, beta, solver, memory);
      memory = found.memory;
      const xs = toHost(x);
      const a = (r: number, c: number): number => (c === fanIn ? 1 : (xs[r * fanIn + c] ?? Number.NaN));
      const before = sum;
      sum = Float64Array.from({ length: n * n }, (_, k) => {
        let own = 0;
        for (let r = 0; r < rows; r++) own += a(r, Math.floor(k / n)) * a(r, k % n);
        return rho * (before?.[k] ?? 0) + own / rows;
      });
      weight = rho * weight + 1;
      const mean = sum;
      const by = weight;
      const v = toHost(design.pack(found.value));
      const g = toHost(design.pack(design.adjoint(h)));
      const image = Float64Array.from({ length: units * n }, (_, k) => {
        const [u, i] = [Math.floor(k / n), k % n];
        let total = beta * (v[k] ?? Number.NaN);
        for (let j = 0; j < n; j++) total += ((rows * (mean[i * n + j] ?? 0)) / by) * (v[u * n + j] ?? 0);
        return total;
      });
      return atMost('the residual of its system', length(plus(image, g, -1)), 1e-4 * (1e-6 + length(g)));
    });
    return all(...verdicts);
  },
});
