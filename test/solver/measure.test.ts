/** What a solution is measured to be worth, where float32 cannot know better. */
import { add, concat, matMul, mul, sub, tensor, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { applySystemOf, length } from '../../laws';
import { Key, linear, scope, Solver, toHost, toNumber, Tree } from '../../src';
import { measure, measuredBy } from '../../src/solver/measure';
import { measuredAtOnce } from '../../src/solver/measureAtOnce';
import { started, testBackends } from '../support';
import { measuredOnHost } from './measuredOnHost';
import { ridgeSystem } from './ridgeSystem';

const numberOf = (measured: Solver.Measured): number =>
  typeof measured === 'number' ? measured : toNumber(measured);

describe.each(testBackends)('a measurement on %s', (backend) => {
  beforeAll(() => started(backend));

  const UNITS = 6;
  const PAIRS = 200;
  /** Equal inputs, and errors that cancel but for a share of them. */
  const contrary = (share: number) => {
    const x = concat(Array.from({ length: 2 * PAIRS }, () => Key.uniform(Key.key(1), [1, 8], 0.5, 1)));
    const design = linear(8, UNITS).design?.(x) ?? expect.fail('a design');
    const row = Array.from({ length: 2 * PAIRS }, (_, i) => (i % 2 === 0 ? 1 + share : -1));
    const h = mul(
      tensor(
        Array.from({ length: UNITS }, () => row),
        [UNITS, 2 * PAIRS],
      ),
      Math.PI,
    );
    return { design, h };
  };

  it('adds what sums over the batch may have lost', () => {
    scope(() => {
      const at = (share: number): number => {
        const { design, h } = contrary(share);
        // Of float64: the best that there is.
        const { value } = Solver.solveRidge(design, h, 1, Solver.exact({ precision: 'float64' }));
        return numberOf(measure(ridgeSystem(design, h, 1), value).residual);
      };
      // A sum of 2n terms of size t, each h and what is missed of it, is known to 2⁻²⁴·√(2n)·√(2n)·2t; what is left is n·share·t: 4·2⁻²⁴
      // of that share. Half of it, for signs that are drawn.
      const least = (share: number): number => (2 * 2 ** -24) / share;
      expect(at(1e-5)).toBeGreaterThan(least(1e-5));
      expect(at(1e-3)).toBeGreaterThan(least(1e-3));
      // And where little cancels, hardly anything.
      expect(at(1)).toBeLessThan(1e-5);
    });
  });

  it('is one of no step at all, and zero of none that is wanted', () => {
    scope(() => {
      const { design, h } = contrary(1);
      const none = Tree.map(zerosLike)(
        Solver.solveRidge(design, h, 1, Solver.exact({ precision: 'float64' })).value,
      );
      expect(numberOf(measure(ridgeSystem(design, h, 1), none).residual)).toBeCloseTo(1, 4);
      expect(numberOf(measure(ridgeSystem(design, zerosLike(h), 1), none).residual)).toBe(0);
    });
  });

  /** A random system of 10 units, a solution that is none, and its residual, summed in float64. */
  const rough = () => {
    const [rows, fanIn, units, beta] = [7, 4, 10, 0.5] as const;
    const x = Key.uniform(Key.key(3), [rows, fanIn], -1, 1);
    const h = Key.uniform(Key.key(4), [units, rows], -1, 1);
    const design = linear(fanIn, units).design?.(x) ?? expect.fail('a design');
    const v = Key.uniform(Key.key(5), [units, fanIn + 1], -1, 1);
    const { image, g } = applySystemOf(x, h, beta, toHost(v));
    const miss = g.map((value, i) => value - (image[i] ?? Number.NaN));
    return { design, h, beta, value: design.unpack(v), residual: length(miss) / length(g) };
  };

  it('is of a few combinations of units, where the design has an operator', () => {
    scope(() => {
      const { design, h, beta, value } = rough();
      const { operator } = design;
      if (operator === undefined) return expect.fail('an operator');
      const seen: number[] = [];
      const counted = {
        ...operator,
        apply: (v: Tensor): Tensor => {
          seen.push(v.shape[0]);
          return operator.apply(v);
        },
      };
      const whole = (): never => expect.fail('A·V of all units');
      measure(ridgeSystem({ ...design, operator: counted, apply: whole, pack: whole }, h, beta), value);
      expect(seen).toEqual([4]);
    });
  });

  it('is the same, read or not, whether AᵀH is known, and for numbers of any size', () => {
    scope(() => {
      const { design, h, beta, value } = rough();
      const g = design.pack(design.adjoint(h));
      // 2⁻⁸⁰ and 2⁸⁰: their squares are no float32 numbers.
      for (const size of [2 ** -80, 1, 2 ** 80])
        for (const known of [{}, { g: mul(g, size) }]) {
          const scaled = Tree.map((leaf: Tensor) => mul(leaf, size))(value);
          const system = ridgeSystem(design, mul(h, size), beta);
          const read = measure({ ...system, mayRead: true }, scaled, known);
          const unread = measure({ ...system, mayRead: false }, scaled, known);
          // Sums of at most 40 products in float32.
          expect(numberOf(read.residual) / numberOf(unread.residual)).toBeCloseTo(1, 5);
          expect(numberOf(read.length) / numberOf(unread.length)).toBeCloseTo(1, 5);
        }
      const none = ridgeSystem(design, mul(h, Number.NaN), beta);
      for (const mayRead of [true, false])
        expect(numberOf(measure({ ...none, mayRead }, value).residual)).toBeNaN();
    });
  });

  it('is of each unit, where it has none', () => {
    scope(() => {
      const { design, h, beta, value, residual } = rough();
      const { operator: _operator, parts: _parts, ...without } = design;
      const bare: typeof design = {
        ...without,
        apply: (v) => design.apply(v),
        pack: (v) => design.pack(v),
      };
      // Combinations would scatter by a third.
      expect(numberOf(measure(ridgeSystem(bare, h, beta), value).residual)).toBeCloseTo(residual, 5);
    });
  });
});

describe.each(testBackends)('a measurement by products alone on %s', (backend) => {
  beforeAll(() => started(backend));

  const N = 5;
  const UNITS = 3;
  /** Σ a·b over all numbers. */
  const inner = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);

  // v is any vector, so that neither its residual is 0 nor its length 1, as they are of iterates of CG.
  it.each([1, 2, 3, 4, 5])('is that of any vector, in both inner products, read or not (seed %i)', (seed) => {
    scope(() => {
      const key = Key.key(seed);
      const root = Key.uniform(Key.fold(key, 0), [N, N], -1, 1);
      const k = matMul(root, root, false, true);
      const g = Key.uniform(Key.fold(key, 1), [UNITS, N], -1, 1);
      const v = Key.uniform(Key.fold(key, 2), [UNITS, N], -1, 1);
      const image = add(matMul(v, k), mul(v, 0.5));
      const miss = sub(g, image);
      const list = (x: Tensor): readonly number[] => Array.from(toHost(x));
      for (const by of [(x: Tensor): Tensor => x, (x: Tensor): Tensor => matMul(x, k)])
        for (const reads of [true, false]) {
          const found = measuredBy(v, image, miss, g, reads, by);
          const residual = Math.sqrt(inner(list(miss), list(by(miss))) / inner(list(g), list(by(g))));
          const share = inner(list(by(v)), list(g)) / inner(list(by(v)), list(image));
          // Sums of 15 products in float32: 15 · 2⁻²⁴ of their terms, and terms of ⟨v, g⟩ cancel to a hundredth at worst.
          expect(numberOf(found.residual) / residual).toBeCloseTo(1, 4);
          expect(Math.abs(numberOf(found.length) - share)).toBeLessThan(1e-4 * Math.max(1, Math.abs(share)));
        }
    });
  });
});

describe('a measurement by kernels', () => {
  beforeAll(() => started('wasm'));

  /** Combinations [m, rows] of H, [m, columns] of V, and A [rows, columns]. */
  const system = (seed: number, m: number, rows: number, columns: number, size = 1) => {
    const drawn = (i: number, shape: readonly number[]): Tensor =>
      mul(Key.uniform(Key.fold(Key.key(seed), i), shape, -1, 1), size);
    const [a, held, v] = [drawn(0, [rows, columns]), drawn(1, [m, rows]), drawn(2, [m, columns])];
    const operator = {
      apply: (of: Tensor): Tensor => matMul(of, a, false, true),
      adjoint: (of: Tensor): Tensor => matMul(of, a),
    };
    return { operator, held, v, right: matMul(held, a) };
  };

  // Sums of up to 700 products in float32 by both: 2⁻²⁴·√700 of their terms, and a few operations more.
  const NEAR = 1e-5;
  const near = (a: number, b: number): void => {
    if (!Number.isFinite(b)) expect(a).toBe(b);
    else expect(Math.abs(a - b)).toBeLessThanOrEqual(NEAR * Math.max(1, Math.abs(b)));
  };

  it.each([
    [1, 1, 1],
    [2, 7, 3],
    [4, 501, 13],
    [8, 500, 700],
    [3, 1022, 5],
  ])('is that of the host: %i combinations, A [%i, %i]', (m, rows, columns) => {
    scope(() => {
      for (const size of [1, 1e-12, 1e12]) {
        const { operator, held, v, right } = system(m + rows, m, rows, columns, size);
        for (const known of [{}, { right }])
          for (const [h, by] of [
            [held, v],
            [held, zerosLike(v)],
            // So small that their reciprocals are no numbers of float32.
            [mul(held, 1e-40), zerosLike(v)],
            [zerosLike(held), v],
            [zerosLike(held), zerosLike(v)],
            [mul(held, Number.NaN), v],
            [held, mul(v, Number.NaN)],
          ] as const) {
            const of = { held: h, v: by, ...(h === held ? known : {}) };
            const constants = { beta: 0.3, rounding: 1e-3 };
            const [found, host] = [measuredAtOnce, measuredOnHost].map((f) => f(operator, of, constants));
            near(found?.residual ?? 0, host?.residual ?? 1);
            near(found?.length ?? 0, host?.length ?? 1);
          }
      }
    });
  });
});
