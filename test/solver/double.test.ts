/** Exact solves: in float64 the last coordinate of V, and what systems of one number say; in float32 where refinement ends. */
import * as fc from 'fast-check';
import { add, mul, profile, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, exact, Key, linear, scope, Solver } from '../../src';
import { applySystemOf, packHost } from '../../laws';
import { hasKernel } from '../../src/ops';
import { casesOf, messageOf, started, testBackends } from '../support';

const SEED = 1;
const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);
const designOf = (x: Tensor, units: number) =>
  linear(x.shape[1] ?? 0, units).design?.(x) ?? expect.fail('a dense layer has a design');

describe.each(testBackends)('an exact solve on %s', (backend) => {
  beforeAll(() => started(backend));

  it('takes in float64 for the last coordinate the float32 that is best beside the others, as they were rounded', () => {
    const numRuns = casesOf(60);
    console.log(`the last coordinate on ${backend}: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 2, max: 30 }),
          fanIn: fc.integer({ min: 1, max: 8 }),
          units: fc.integer({ min: 1, max: 5 }),
          // Beside the square of the column of ones, which is `rows`.
          damping: fc.constantFrom(1e-3, 0.3, 3),
          mean: fc.constantFrom(0, 1, 100),
          route: fc.constantFrom('primal' as const, 'dual' as const),
          seed: fc.nat({ max: 1e6 }),
        }),
        ({ rows, fanIn, units, damping, mean, route, seed }) => {
          scope(() => {
            const x = add(random(seed, [rows, fanIn]), mean);
            const h = random(seed + 1, [units, rows]);
            const beta = Math.fround(damping * rows);
            const solver = exact({ route, precision: 'float64' });
            const v = packHost(Solver.solveRidge(designOf(x, units), h, beta, solver).value);
            const { image, g } = applySystemOf(x, h, beta, v);
            for (let u = 0; u < units; u++) {
              const i = u * (fanIn + 1) + fanIn;
              const [last, miss] = [v[i] ?? 0, (g[i] ?? 0) - (image[i] ?? 0)];
              // What is missed is half of the last digit of that coordinate, by its curvature; and rounding of sums in float64.
              const digit = 2 ** -24 * Math.abs(last) * (rows + beta);
              expect(Math.abs(miss)).toBeLessThanOrEqual(1.001 * digit + 1e-12 * rows * (1 + mean));
            }
          });
        },
      ),
      { seed: SEED, numRuns },
    );
  });

  it('says of inputs that are not finite that they are not, also in a system of one number', () => {
    scope(() => {
      for (const [rows, columns] of [
        [1, 3],
        [3, 1],
        [1, 1],
        [3, 3],
      ] as const)
        for (const route of ['primal', 'dual'] as const)
          for (const bad of [Number.NaN, Infinity]) {
            const weights = mul(random(1, [rows, columns]), tensor(bad));
            const bias = tensor(new Float32Array(rows));
            const design = linear(columns, rows).inputDesign?.({ weights, bias }, 2);
            if (design === undefined) return expect.fail('a design in the input');
            const solver = exact({ route, precision: 'float64' });
            expect(messageOf(attempt(() => Solver.solveRidge(design, random(2, [2, rows]), 1, solver)))).toBe(
              `solver error at ${route} Gram matrix: expected finite inputs, found a sum of their squares that is not finite`,
            );
          }
    });
  });

  it('takes no product for a refinement that it does not need', async () => {
    const solve = (x: Tensor, beta: number): number | undefined => {
      const solver = exact({ route: 'primal', precision: 'float32' });
      const { report } = Solver.solveRidge(designOf(x, 3), random(2, [3, 60]), beta, solver);
      expect(report.converged).toBe(true);
      return report.iterations;
    };
    const of = async (mean: number, beta: number) => {
      let iterations: number | undefined;
      const { kernels } = await profile(() =>
        scope(() => {
          iterations = solve(add(random(1, [60, 40]), mean), beta);
          return random(3, [1]);
        }),
      );
      return { iterations, products: kernels.filter(({ name }) => name.includes('MatMul')).length };
    };
    // A condition number of some 1e7 is beyond float32, 6e-8; the kernels that sum in float64 need no refinement for it.
    const [near, far] = [await of(0, 10), await of(30, 0.01)];
    expect(near.iterations).toBe(0);
    if (hasKernel('RidgeWide')) return;
    // A refinement takes a product with A and one with Aᵀ, applies the inverse, and is measured.
    expect(far.iterations).toBeGreaterThan(0);
    expect(near.products).toBeLessThan(far.products - 2);
  });

  it('is refined no more where its tolerance is met to the digit', () => {
    scope(() => {
      const design = designOf(random(1, [60, 40]), 30);
      const h = random(2, [30, 60]);
      // In the dual the first solution is made by the tolerance.
      const by = (tolerance: number): Solver.SolveReport =>
        Solver.solveRidge(design, h, 0.05, exact({ route: 'primal', precision: 'float32', tolerance }))
          .report;
      const { residual, iterations } = by(1e-2);
      const met = by(Number(residual));
      expect([met.residual, met.iterations, met.converged]).toEqual([residual, iterations, true]);
    });
  });
});
