/** Factors and substitution in float32, beside float64. */
import {
  add,
  concat,
  matMul,
  mul,
  ones,
  profile,
  slice,
  sub,
  type Tensor,
  tensor2d,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { exact, Key, linear, scope, type Solver, toHost, type Tree } from '../../src';
import { relativeDistance, values } from '../../laws';
import { runOwn, runOwnForOne } from '../../src/ops';
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
        const once = runOwnForOne('Reflect', { x }, { axis: 0 });
        const twice = runOwnForOne('Reflect', { x: once }, { axis: 0 });
        const across = runOwnForOne('Reflect', { x: transpose(x) }, { axis: 1 });
        // Numbers of up to 4, and √n times that in the first row, each rounded once or twice.
        const bound = 4 * 2 ** -24 * 4 * Math.sqrt(n);
        expect(largestDifference(toHost(once), reflected(toHost(x), n, m))).toBeLessThan(bound);
        expect(largestDifference(toHost(twice), toHost(x))).toBeLessThan(2 * bound);
        expect(largestDifference(toHost(across), toHost(transpose(once)))).toBeLessThan(bound);
      });
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
  it('solves by substitution as accurately as float32 does', () => {
    const cases = fc.record({
      n: orders,
      units: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 38, max: 95 })),
      beta: fc.constantFrom(0.3, 3),
      first: fc.constantFrom(0, 7),
      reflected: fc.constantFrom(0 as const, 1 as const),
      seed: fc.nat(1000),
    });
    propertyHolds('factor in float32', cases, 80, ({ n, units, beta, first, reflected: by, seed }) => {
      scope(() => {
        const k = gramOf(n, seed, 0);
        const b = random(seed + 1, [units, n]);
        const factor = runOwnForOne('FactorSingle', { k }, { beta, first, reflected: by, most: 1e30 });
        const substituted = (of: Tensor, turned: 0 | 1, withOnes: 0 | 1): readonly number[] => [
          ...toHost(runOwnForOne('SubstituteSingle', { factor, b: of }, { turned, ones: withOnes })),
        ];
        const found = Float64Array.from(substituted(b, 0, 0));
        // The same numbers in the same order, whichever way they lie.
        expect(substituted(transpose(b), 1, 0)).toEqual([...found]);
        const reflectedOnes = Array.from({ length: n }, (_, i) => (i === 0 ? Math.sqrt(n) : 0));
        const behind = concat([b, tensor2d([reflectedOnes])]);
        expect(substituted(transpose(b), 1, 1)).toEqual(substituted(behind, 0, 0));
        const m = toHost(k).map((value, i) => value + (i % (n + 1) === 0 ? beta : 0) + (i === 0 ? first : 0));
        const l = cholesky(m, n) ?? expect.fail('a definite system');
        const wanted = choleskySolve(l, n, toHost(b), units);
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

describe('the columns of A, solved', () => {
  /** X·M⁻¹ in float64 for a symmetric M [n, n] and rows of X. */
  const solvedBy = (m: Float64Array, n: number, x: Float64Array): Float64Array =>
    choleskySolve(cholesky(m, n) ?? expect.fail('a definite system'), n, x, x.length / n);

  it('are corrected along the mean row, and those of the examples as they are', () => {
    const cases = fc.record({
      n: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 35, max: 90 })),
      width: fc.integer({ min: 1, max: 120 }),
      ones: fc.constantFrom(0 as const, 1 as const),
      common: fc.constantFrom(0, 3),
      beta: fc.constantFrom(0.3, 3),
      seed: fc.nat(1000),
    });
    propertyHolds('columns of A', cases, 60, ({ n, width, ones: withOnes, common, beta, seed }) => {
      scope(() => {
        const given = add(random(seed, [n, width]), common);
        const a = withOnes === 1 ? concat([given, ones([n, 1])], 1) : given;
        const gram = toHost(matMul(a, a, false, true));
        const shifted = gram.map((value, i) => value + (i % (n + 1) === 0 ? beta : 0));
        const wanted = solvedBy(shifted, n, toHost(transpose(a)));
        const x = runOwnForOne('Reflect', { x: given }, { axis: 0 });
        const k = matMul(x, x, false, true);
        const inFrame = runOwnForOne('Reflect', { x: transpose(a) }, { axis: 1 });
        // What the correction has to take away: some of the mean row, which is the first of Q·A.
        const exactly = tensor2d(Float32Array.from(wanted), [width + withOnes, n]);
        const d = slice(inFrame, [0, 0], [width + withOnes, 1]);
        const off = mul(matMul(d, random(seed + 1, [1, n])), 1e-3);
        const t = add(runOwnForOne('Reflect', { x: exactly }, { axis: 1 }), off);
        const parts = runOwn('SettleColumns', { t, k, x, a: given }, { beta, ones: withOnes });
        expect(parts.map(({ shape }) => shape[0])).toEqual(withOnes === 1 ? [width, 1] : [width]);
        const found = toHost(concat([...parts]));
        // Sums of some hundred products in float32, of numbers of which the mean may be most.
        const scale = Math.max(...wanted.map(Math.abs));
        expect(largestDifference(found, wanted)).toBeLessThan(1e-4 * scale);
        // Without it, they would be far off.
        if (common > 0)
          expect(largestDifference(toHost(add(exactly, off)), wanted)).toBeGreaterThan(1e-4 * scale);
      });
    });
  });

  it('give units that are corrected along the mean row', () => {
    const cases = fc.record({
      n: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 35, max: 90 })),
      width: fc.integer({ min: 1, max: 120 }),
      units: fc.integer({ min: 1, max: 70 }),
      ones: fc.constantFrom(0 as const, 1 as const),
      beta: fc.constantFrom(0.3, 3),
      seed: fc.nat(1000),
    });
    propertyHolds(
      'units along the mean row',
      cases,
      60,
      ({ n, width, units, ones: withOnes, beta, seed }) => {
        scope(() => {
          const given = add(random(seed, [n, width]), 3);
          const x = runOwnForOne('Reflect', { x: given }, { axis: 0 });
          const root = tensor2d(Array.from({ length: n }, (_, i) => [i === 0 ? Math.sqrt(n) : 0]));
          const a = withOnes === 1 ? concat([x, root], 1) : x;
          const k = matMul(x, x, false, true);
          const h = random(seed + 1, [units, n]);
          const shifted = toHost(matMul(a, a, false, true)).map(
            (value, i) => value + (i % (n + 1) === 0 ? beta : 0),
          );
          const s = solvedBy(shifted, n, toHost(h));
          // What the correction has to take away: some of the mean row in V, and of its factor in S.
          const off = mul(random(seed + 2, [units, 1]), 1e-3);
          const missing = concat([off, zeros([units, n - 1])], 1);
          const wrong = sub(tensor2d(Float32Array.from(s), [units, n]), missing);
          const operands = { s: wrong, h, k, x, a: given };
          const [most, settled, last] = runOwn('SettleUnits', operands, { beta, ones: withOnes });
          if (settled === undefined || most === undefined) return expect.fail('V and S');
          const v = last === undefined ? most : concat([most, last], 1);
          expect(v.shape).toEqual([units, width + withOnes]);
          const wanted = toHost(matMul(tensor2d(Float32Array.from(s), [units, n]), a));
          // Sums of some hundred products in float32, of numbers of which the mean may be most.
          const scale = (of: Float64Array): number => Math.max(...of.map(Math.abs));
          expect(largestDifference(toHost(settled), s)).toBeLessThan(1e-5 * scale(s));
          expect(largestDifference(toHost(v), wanted)).toBeLessThan(1e-4 * Math.max(scale(wanted), scale(s)));
        });
      },
    );
  });

  it('stay as they are, if the mean row is zero', () => {
    scope(() => {
      const [x, t] = [
        tensor2d([
          [0, 0],
          [1, 2],
        ]),
        random(1, [2, 2]),
      ];
      const k = matMul(x, x, false, true);
      const found = runOwnForOne('SettleColumns', { t, k, x, a: x }, { beta: 1, ones: 0 });
      expect(toHost(found)).toEqual(toHost(runOwnForOne('Reflect', { x: t }, { axis: 1 })));
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
        const own = solveByColumns(of, factor.dual ?? expect.fail('a dual')) ?? expect.fail('a solution');
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
      const { dual } = factorSingle(of.design, 'dual', of.beta, 1e30, () => expect.fail('no AᵀA')) ?? {};
      expect(solveByColumns(of, dual ?? expect.fail('a dual'))).toBeUndefined();
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
