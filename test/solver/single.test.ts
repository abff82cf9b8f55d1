/** Factors and substitution in float32, beside float64. */
import {
  add,
  concat,
  matMul,
  mul,
  ones,
  profile,
  type Tensor,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { exact, Key, linear, scope, type Solver, toHost, type Tree } from '../../src';
import { relativeDistance, values } from '../../laws';
import { addOuter, runOwnForOne } from '../../src/ops';
import { solveDoublePlain } from '../../src/solver/double';
import { cholesky, choleskySolve } from '../../src/solver/cholesky';
import { solveByColumns } from '../../src/solver/columns';
import { solveExact } from '../../src/solver/exact';
import { factorSingle } from '../../src/solver/single';
import { started } from '../support';
import { ridgeSystem } from './ridgeSystem';

const SEED = 1;

const propertyHolds = <T>(name: string, of: fc.Arbitrary<T>, runs: number, holds: (c: T) => void): void => {
  console.log(`${name}: ${runs} cases, seed ${SEED}`);
  fc.assert(fc.property(of, holds), { numRuns: runs, seed: SEED });
};

beforeAll(async () => {
  await started('wasm');
});

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);

/** Q·x for the columns of x [n, m] in float64: Q = I − 2vvᵀ takes the vector of ones to √n·e₁. */
const reflected = (x: Float64Array, n: number, m: number): Float64Array => {
  const v = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(n) - (i === 0 ? 1 : 0));
  const size = v.reduce((t, a) => t + a * a, 0);
  return Float64Array.from({ length: n * m }, (_, k) => {
    const [i, j] = [Math.floor(k / m), k % m];
    let along = 0;
    for (let r = 0; r < n; r++) along += (v[r] ?? 0) * (x[r * m + j] ?? 0);
    return (x[k] ?? 0) - (size === 0 ? 0 : (2 / size) * (v[i] ?? 0) * along);
  });
};

const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

// Fewer and more than a tile, a group and a block of forty.
const orders = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 35, max: 170 }));

describe('the reflection of rows', () => {
  it('is the Householder reflection of the mean, and its own inverse', () => {
    const cases = fc.record({ n: orders, m: fc.integer({ min: 1, max: 140 }), seed: fc.nat(1000) });
    propertyHolds('reflection', cases, 60, ({ n, m, seed }) => {
      scope(() => {
        const x = add(random(seed, [n, m]), 3);
        const once = runOwnForOne('Reflect', { x }, {});
        const twice = runOwnForOne('Reflect', { x: once }, {});
        // Numbers of up to 4, and √n times that in the first row, each rounded once or twice.
        const bound = 4 * 2 ** -24 * 4 * Math.sqrt(n);
        expect(largestDifference(toHost(once), reflected(toHost(x), n, m))).toBeLessThan(bound);
        expect(largestDifference(toHost(twice), toHost(x))).toBeLessThan(2 * bound);
      });
    });
  });
});

describe('an outer product', () => {
  it('is added in one pass', () => {
    scope(() => {
      const [x, c, d] = [random(1, [70, 93]), random(2, [70, 1]), random(3, [1, 93])];
      const [sum, wanted] = [toHost(addOuter(x, c, d)), toHost(add(x, matMul(c, d)))];
      // One rounding of a product, one of a sum.
      expect(largestDifference(sum, wanted)).toBeLessThan(2 * 2 ** -23);
    });
  });
});

/** A symmetric positive definite K of n vectors, of which all have a part in common. */
const gramOf = (n: number, seed: number, common: number): Tensor => {
  const x = add(random(seed, [n, n + 3]), common);
  return matMul(x, x, false, true);
};

const factsOf = (factor: Tensor): readonly number[] => [...toHost(factor).slice(-2)];

describe('a factor in float32', () => {
  it('solves by substitution as accurately as float32 does, reflected or not', () => {
    const cases = fc.record({
      n: orders,
      units: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 38, max: 95 })),
      beta: fc.constantFrom(0.3, 3),
      first: fc.constantFrom(0, 7),
      reflected: fc.constantFrom(0 as const, 1 as const),
      seed: fc.nat(1000),
    });
    propertyHolds('factor in float32', cases, 80, (c) => {
      scope(() => {
        const { n, units, beta, first } = c;
        const k = gramOf(n, c.seed, 0);
        const b = random(c.seed + 1, [units, n]);
        const factor = runOwnForOne(
          'FactorSingle',
          { k },
          { beta, first, reflected: c.reflected, most: 1e30 },
        );
        const substituted = (of: Tensor, turned: 0 | 1, withOnes: 0 | 1): readonly number[] => {
          const how = { reflected: c.reflected, turned, ones: withOnes };
          return [...toHost(runOwnForOne('SubstituteSingle', { factor, b: of }, how))];
        };
        const found = Float64Array.from(substituted(b, 0, 0));
        // The same numbers in the same order, whichever way they lie.
        expect(substituted(transpose(b), 1, 0)).toEqual([...found]);
        expect(substituted(transpose(b), 1, 1)).toEqual(substituted(concat([b, ones([1, n])]), 0, 0));
        const m = toHost(k).map((value, i) => value + (i % (n + 1) === 0 ? beta : 0) + (i === 0 ? first : 0));
        const l = cholesky(m, n) ?? expect.fail('a definite system');
        const turned = (rows: Float64Array): Float64Array =>
          c.reflected === 0
            ? rows
            : Float64Array.from({ length: units }, (_, u) => u).reduce(
                (all, u) => {
                  all.set(reflected(rows.slice(u * n, (u + 1) * n), n, 1), u * n);
                  return all;
                },
                new Float64Array(units * n),
              );
        const right = turned(toHost(b));
        const wanted = turned(choleskySolve(l, n, right, units));
        const norm = (x: Float64Array): number => Math.hypot(...x);
        const rowSums = Array.from({ length: n }, (_, i) =>
          m.subarray(i * n, (i + 1) * n).reduce((t, v) => t + Math.abs(v), 0),
        );
        // The condition number, times 2⁻²⁴ for each of some roundings.
        const bound = (8 * 2 ** -24 * Math.max(...rowSums)) / beta + 1e-6;
        expect(norm(found.map((value, i) => value - (wanted[i] ?? 0))) / norm(wanted)).toBeLessThan(bound);
        expect(factsOf(factor)[0]).toBe(1);
      });
    });
  });

  it('says what K is, and does not factor what it cannot', () => {
    scope(() => {
      const k = gramOf(50, 3, 1);
      const of = (x: Tensor, beta = 1, most = 1e30, reflected: 0 | 1 = 1): readonly number[] =>
        factsOf(runOwnForOne('FactorSingle', { k: x }, { beta, first: 0, reflected, most }));
      const host = toHost(k);
      const sums = (from: number): readonly number[] =>
        Array.from({ length: 50 - from }, (_, i) =>
          host.subarray((i + from) * 50 + from, (i + from + 1) * 50).reduce((t, v) => t + Math.abs(v), 0),
        );
      const [status, norm = 0] = of(k);
      expect(status).toBe(1);
      expect(Math.abs(norm / Math.max(...sums(1)) - 1)).toBeLessThan(1e-6);
      const [, whole = 0] = of(k, 1, 1e30, 0);
      expect(Math.abs(whole / Math.max(...sums(0)) - 1)).toBeLessThan(1e-6);
      expect(of(k, 1, norm / 2)[0]).toBe(3);
      expect(of(mul(k, -1))[0]).toBe(0);
      expect(of(mul(k, 0), 0)[0]).toBe(0);
      expect(of(mul(k, Number.NaN))[0]).toBe(2);
      expect(of(mul(k, Infinity))[0]).toBe(2);
      expect(of(tensor2d([[4]]), 1, 1e30, 0)).toEqual([1, 4]);
    });
  });
});

describe('an exact solve in float32', () => {
  const system = (
    rows: number,
    columns: number,
    units: number,
    common: number,
    beta: number,
    seed: number,
  ) => {
    const x = add(random(seed, [rows, columns]), common);
    const design: Solver.Design<Tree.Tree> = linear(columns, units).design?.(x) ?? expect.fail('a design');
    return ridgeSystem(design, random(seed + 1, [units, rows]), beta);
  };

  /** Whether the float32 factor serves it. */
  const served = (of: ReturnType<typeof system>, route: 'primal' | 'dual'): boolean =>
    factorSingle(
      of.design,
      route,
      of.beta,
      1e30,
      () => of.design.grams[0]?.form() ?? expect.fail('a way'),
    ) !== undefined;

  it.each(['primal', 'dual'] as const)('is that of float64, whatever inputs have in common: %s', (route) => {
    const cases = fc.record({
      rows: fc.integer({ min: 201, max: 260 }),
      columns: fc.integer({ min: 201, max: 260 }),
      units: fc.integer({ min: 180, max: 220 }),
      common: fc.constantFrom(0, 1, 3),
      beta: fc.constantFrom(10, 100),
      seed: fc.nat(1000),
    });
    propertyHolds(`exact solves in float32, ${route}`, cases, 12, (c) => {
      scope(() => {
        const of = system(c.rows, c.columns, c.units, c.common, c.beta, c.seed);
        expect(served(of, route)).toBe(true);
        const { value, report } = solveExact(of, exact(), route);
        expect(report.converged).toBe(true);
        const right = solveDoublePlain(of, route);
        // The accepted loss, which is estimated within a few times.
        expect(relativeDistance(values(value), values(right.value))).toBeLessThan(3e-4);
      });
    });
  });

  it('is that of float64 by the columns of A, if there are more units, whatever inputs have in common', async () => {
    const cases = fc.record({
      rows: fc.integer({ min: 201, max: 240 }),
      columns: fc.integer({ min: 220, max: 260 }),
      more: fc.integer({ min: 1, max: 40 }),
      common: fc.constantFrom(0, 1, 3),
      beta: fc.constantFrom(10, 100),
      seed: fc.nat(1000),
    });
    propertyHolds('exact solves in float32 by columns', cases, 12, (c) => {
      scope(() => {
        const of = system(c.rows, c.columns, c.columns + c.more, c.common, c.beta, c.seed);
        const factor =
          factorSingle(of.design, 'dual', of.beta, 1e30, () => expect.fail('no AᵀA')) ??
          expect.fail('a factor');
        const own = solveByColumns(of, factor) ?? expect.fail('a solution');
        const { value, report } = solveExact(of, exact(), 'dual');
        expect(report).toMatchObject({ converged: true, precision: 'float32', iterations: 0 });
        expect(values(value)).toEqual(values(own));
        const right = solveDoublePlain(of, 'dual');
        // As above.
        expect(relativeDistance(values(value), values(right.value))).toBeLessThan(3e-4);
      });
    });
    // One column more than units: those of H are substituted.
    scope(() => {
      const of = system(210, 230, 230, 0, 10, 1);
      expect(solveByColumns(of, { solved: (b) => b, solvedInputs: ({ x }) => x, norm: 1 })).toBeUndefined();
    });
    const { kernels } = await profile(() => {
      scope(() => solveExact(system(210, 300, 400, 1, 10, 1), exact(), 'dual'));
      return [];
    });
    const substituted = kernels.filter(({ name }) => name === 'SubstituteSingle');
    // The inputs themselves, not the 400 units.
    expect(substituted.map(({ inputShapes }) => inputShapes.at(-1))).toEqual([[210, 300]]);
  });

  it('is left to float64 where it would lose too much, and for systems that it does not make faster', () => {
    scope(() => {
      const hard = system(210, 230, 200, 0, 1e-4, 1);
      const few = system(210, 230, 2, 0, 10, 1);
      const none = system(210, 230, 200, 0, 0, 1);
      for (const route of ['primal', 'dual'] as const) {
        const form = (): Tensor => hard.design.grams[0]?.form() ?? expect.fail('a way');
        expect(factorSingle(hard.design, route, hard.beta, 1, form)).toBeUndefined();
        expect([few, none].map((of) => served(of, route))).toEqual([false, false]);
        expect(solveExact(hard, exact(), route).report.converged).toBe(true);
      }
    });
  });
});
