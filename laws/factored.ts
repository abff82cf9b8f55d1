/** Law 50: directions in the metric of Kronecker factors. */
import * as fc from 'fast-check';
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { Key, Solver, toHost } from '../src';
import { logUniform, seeds } from './arbitrary';
import { length, plus } from './compare';
import { all, atMost, type Law } from './law';
import { numberOf } from './numbers';

/** The functions under law that average factors and use them. */
export interface Factoring {
  /** The means after a batch. */
  readonly next: typeof Solver.nextFactors;
  /** A gradient in their metric. */
  readonly apply: typeof Solver.inMetric;
}

/** Batches of one dense layer, and how their factors are averaged and damped. */
export interface FactoredCase {
  readonly seed: number;
  readonly fanIn: number;
  readonly units: number;
  /** The rows of each batch. */
  readonly rows: readonly number[];
  readonly average: number;
  readonly damping: number;
  /** The sizes of the inputs and of the gradients, which π has to balance. */
  readonly sizes: readonly [number, number];
  readonly both: boolean;
}

/** MᵀM/by, row by row, for M [rows, n]. */
const gramOnHost = (m: Float64Array, n: number, by: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    let total = 0;
    for (let r = 0; r < m.length / n; r++) total += (m[r * n + i] ?? 0) * (m[r * n + j] ?? 0);
    return total / by;
  });

const damped = (m: Float64Array, n: number, by: number): Float64Array =>
  m.map((v, k) => (k % (n + 1) === 0 ? v + by : v));

const level = (m: Float64Array, n: number): number =>
  m.reduce((t, v, k) => (k % (n + 1) === 0 ? t + v / n : t), 0);

/** A·B for A [m, k] and B [k, n]. */
const product = (a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array =>
  Float64Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let total = 0;
    for (let l = 0; l < k; l++) total += (a[i * k + l] ?? 0) * (b[l * n + j] ?? 0);
    return total;
  });

/** The mean over batches in which older ones count ρ times as much, each. */
const meanOver = (own: readonly Float64Array[], rho: number): Float64Array => {
  const [first = new Float64Array(0)] = own;
  const weights = own.map((_, i) => rho ** (own.length - 1 - i));
  const total = weights.reduce((a, b) => a + b, 0);
  return own.reduce((sum, m, i) => plus(sum, m, (weights[i] ?? 0) / total), new Float64Array(first.length));
};

const transposedProduct = (m: Tensor): Tensor => matMul(m, m, true, false);

/**
 * Law 50: after batches A_1 … A_k with gradients H_1 … H_k, V solves
 *
 *     (Ḡ + √λ/π·I)·V·(Ā + π√λ·I) = G,   π² = (tr Ā/F)/(tr Ḡ/U)
 *
 * Ā and Ḡ are the means of AᵀA/R and HᵀH in which older batches count less; the law computes them
 * in float64 on the host. With the inputs alone, V·(Ā + λI) = G. Tolerance: two inverses in float32
 * of condition up to 1e4.
 *
 * @param factoring how factors are averaged (`next`) and used (`apply`). Default: as in the library
 *
 * @example check(factoredMetric(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const factoredMetric = (
  { next, apply }: Factoring = { next: Solver.nextFactors, apply: Solver.inMetric },
): Law<FactoredCase> => ({
  number: numberOf('factoredMetric'),
  name: 'factored: the metric is the product of the damped means of both sides',
  arbitrary: fc.record({
    seed: seeds,
    fanIn: fc.integer({ min: 1, max: 6 }),
    units: fc.integer({ min: 1, max: 5 }),
    rows: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
    average: fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100),
    damping: logUniform(1e-2, 10),
    sizes: fc.tuple(logUniform(0.1, 10), logUniform(0.1, 10)),
    both: fc.boolean(),
  }),
  holds: ({ seed, fanIn, units, rows, average, damping, sizes, both }) => {
    const key = Key.key(seed);
    const [ofInputs, ofGradients] = sizes;
    let before: Solver.Factors | undefined;
    const [grams, outers]: [Float64Array[], Float64Array[]] = [[], []];
    return all(
      ...rows.map((count, b) => {
        const draw = (child: number, shape: readonly number[], size: number): Tensor =>
          Key.uniform(Key.fold(Key.fold(key, b), child), [...shape], -size, size);
        const [a, h] = [draw(0, [count, fanIn], ofInputs), draw(1, [count, units], ofGradients)];
        const g = draw(2, [units, fanIn], 1);
        const { factors } = next(
          'law',
          { gram: transposedProduct(a), rows: count, ...(both ? { outputs: transposedProduct(h) } : {}) },
          { average, damping, every: 1 },
          before,
        );
        before = factors;
        grams.push(gramOnHost(toHost(a), fanIn, count));
        outers.push(gramOnHost(toHost(h), units, 1));
        const [inner, outer] = [meanOver(grams, average), meanOver(outers, average)];
        const pi = both ? Math.sqrt(level(inner, fanIn) / level(outer, units)) : 1;
        const root = both ? Math.sqrt(damping) : damping;
        const right = damped(inner, fanIn, pi * root);
        const left = both
          ? damped(outer, units, root / pi)
          : damped(new Float64Array(units * units), units, 1);
        const v = toHost(apply(g, factors));
        const image = product(product(left, v, units, units, fanIn), right, units, fanIn, fanIn);
        const wanted = toHost(g);
        return atMost('the residual of its system', length(plus(image, wanted, -1)), 1e-3 * length(wanted));
      }),
    );
  },
});
