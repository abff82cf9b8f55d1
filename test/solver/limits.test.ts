/**
 * Where `auto` leaves float32 though the system is well conditioned: up to so many multiply-adds in float64, which cost no more than
 * the calls of a few kernels. For each way to solve, and each size that the work grows with, the largest system below the limit and
 * the next one.
 */
import { abs, sum, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cg, exact, Key, linear, scope, Solver, toHost } from '../../src';
import { hasKernel } from '../../src/internal';
import { wellConditioned } from '../../src/solver/exact';
import { started, testBackends } from '../support';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  readonly iterations: number;
}

/** Products of three sizes that each way to solve is made of in float64. */
const works = {
  // K = AAᵀ, k products with it, Aᵀ·S.
  'cg, dual': ({ rows: r, columns: f, units: u, iterations: k }: Size) =>
    r * r * f + k * u * r * r + u * r * f,
  'cg, primal': ({ rows: r, columns: f, units: u, iterations: k }: Size) =>
    f * f * r + k * u * f * f + u * r * f,
  'cg, matrixFree': ({ rows: r, columns: f, units: u, iterations: k }: Size) => 2 * k * u * r * f,
  // The Gram matrix, its factor, two substitutions, and the product with A.
  'exact, dual': ({ rows: r, columns: f, units: u }: Size) => r * (r * f + r * r + r * u) + r * f * u,
  'exact, primal': ({ rows: r, columns: f, units: u }: Size) => f * (r * f + f * f + f * u) + r * f * u,
} as const;

const ways = {
  'cg, dual': (k: number) => cg(k, { route: 'dual' }),
  'cg, primal': (k: number) => cg(k, { route: 'primal' }),
  'cg, matrixFree': (k: number) => cg(k, { route: 'matrixFree' }),
  'exact, dual': () => exact({ route: 'dual' }),
  'exact, primal': () => exact({ route: 'primal' }),
} as const;
type Way = keyof typeof ways;

const small: Size = { rows: 7, columns: 6, units: 5, iterations: 2 };
/** What grows, with the rest as above. */
const growths = {
  rows: (n: number): Size => ({ ...small, rows: n }),
  columns: (n: number): Size => ({ ...small, columns: n }),
  units: (n: number): Size => ({ ...small, units: n }),
  iterations: (n: number): Size => ({ ...small, units: 20, iterations: n }),
} as const;

/** Up to 2¹⁹, and for a kernel of the backend's own 2²⁰. */
const limitOf = (way: Way): number =>
  way.startsWith('exact') && hasKernel('RidgeDouble') ? 2 ** 20 : 2 ** 19;

const precisionOf = (way: Way, { rows, columns, units, iterations }: Size): Solver.SolveReport['precision'] =>
  scope(() => {
    const weights = Key.uniform(Key.key(1), [rows, columns], -1, 1);
    const bias = tensor(new Float32Array(rows));
    const design = linear(columns, rows).inputDesign?.({ weights, bias }, units);
    const h = Key.uniform(Key.key(2), [units, rows], -1, 1);
    // Damped by more than its largest eigenvalue: nothing is lost in float32.
    return design === undefined
      ? expect.fail('a design in the input')
      : Solver.solveRidge(design, h, 10 * rows * columns, ways[way](iterations)).report.precision;
  });

describe.each(testBackends)('`auto` on %s', (backend) => {
  beforeAll(() => started(backend));

  for (const way of ['cg, dual', 'cg, primal', 'cg, matrixFree', 'exact, dual', 'exact, primal'] as const)
    for (const [grows, sizeAt] of Object.entries(growths)) {
      if (way.startsWith('exact') && grows === 'iterations') continue;
      it(`takes float64 up to its limit: ${way}, more ${grows}`, () => {
        const work = works[way];
        let n = 1;
        while (work(sizeAt(n + 1)) <= limitOf(way)) n++;
        expect([precisionOf(way, sizeAt(n)), precisionOf(way, sizeAt(n + 1))]).toEqual([
          'float64',
          'float32',
        ]);
      });
    }
});

describe('beyond that limit', () => {
  beforeAll(() => started('cpu'));

  it('CG leaves float32 by the largest row sum of K, for float64', () => {
    scope(() => {
      // 90 · 40² multiply-adds and more: beyond the limit.
      const [rows, columns] = [90, 40] as const;
      const x = Key.uniform(Key.key(1), [rows, columns - 1], -1, 1);
      const design = linear(columns - 1, 100).design?.(x) ?? expect.fail('a design');
      const h = Key.uniform(Key.key(2), [100, rows], -1, 1);
      const precisionAt = (beta: number) =>
        Solver.solveRidge(design, h, beta, cg(3, { route: 'primal' })).report.precision;
      const sums = toHost(sum(abs(design.grams[0]?.form() ?? x), 1));
      const largest = Math.max(...sums);
      expect(wellConditioned(largest, 1, columns)).toBe(true);
      // The least β at which float32 is good enough: twice and half of it decide otherwise, and the sum of all rows is far above.
      const least = largest / wellConditionedUpTo(columns);
      expect(sums.reduce((a, b) => a + b, 0)).toBeGreaterThan(4 * largest);
      expect(precisionAt(2 * least)).toBe('float32');
      expect(precisionAt(least / 2)).toBe('float64');
    });
  });
});

/** The largest norm at β = 1 that is well conditioned, by bisection. */
const wellConditionedUpTo = (n: number): number => {
  let [low, high] = [1, 1e12];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (wellConditioned(middle, 1, n)) low = middle;
    else high = middle;
  }
  return low;
};
