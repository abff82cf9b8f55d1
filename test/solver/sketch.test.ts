/** The combinations of units by which solutions are measured. */
import { matMul, tensor2d } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Key, scope, toHost } from '../../src';
import { combinations, mixed, signMatrix } from '../../src/solver/sketch';
import { started } from '../support';

describe('combinations of units', () => {
  it('are the units up to four, then four, and eight of many', () => {
    expect([1, 4, 5, 63, 64, 1000].map(combinations)).toEqual([1, 4, 4, 4, 8, 8]);
    expect(signMatrix(4)).toBeUndefined();
    expect(signMatrix(5)?.length).toBe(4 * 5);
  });

  it('have signs that are as often plus as minus, and of any two combinations as often alike as not', () => {
    const units = 5000;
    const all = signMatrix(units) ?? new Float32Array(0);
    const row = (i: number): Float32Array => all.subarray(i * units, (i + 1) * units);
    expect(all.every((sign) => Math.abs(sign) === 1)).toBe(true);
    for (let i = 0; i < 8; i++)
      for (let j = 0; j <= i; j++) {
        const product = row(i).reduce((t, sign, k) => t + sign * (i === j ? 1 : (row(j)[k] ?? 0)), 0);
        // Five standard deviations.
        expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(units));
      }
  });

  it('see units that lie apart at equal distances as any others', () => {
    for (const units of [256, 4000])
      for (let first = 0; first < 8; first++) {
        const all = signMatrix(units) ?? expect.fail('signs');
        // Each 8th unit, all parallel: the worst case of a sum of squares.
        const those = Array.from({ length: units / 8 }, (_, g) => 8 * g + first);
        const sums = Array.from({ length: 8 }, (_, r) =>
          those.reduce((t, i) => t + (all[r * units + i] ?? Number.NaN), 0),
        );
        const share = sums.reduce((t, x) => t + x * x, 0) / (8 * those.length);
        // χ² of 8 degrees of freedom, divided by 8, is outside with a probability of 1e-3.
        expect(share).toBeGreaterThan(0.1);
        expect(share).toBeLessThan(3.3);
      }
  });
});

describe('the kernel for combinations of units', () => {
  beforeAll(async () => {
    await started('wasm');
  });

  it('gives their products with any matrix, whether they are those of signs or others', () => {
    const cases = fc.record({
      units: fc.oneof(fc.integer({ min: 64, max: 80 }), fc.integer({ min: 250, max: 600 })),
      columns: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 500, max: 1100 })),
      changed: fc.option(fc.nat(10_000), { freq: 3 }),
      seed: fc.nat(1000),
    });
    console.log(`combinations of units: 60 cases, seed 1`);
    const isProduct = fc.property(cases, ({ units, columns, changed, seed }) => {
      scope(() => {
        const signs = signMatrix(units) ?? expect.fail('signs');
        // One sign less, or one number that is no sign.
        if (changed !== null)
          signs[changed % signs.length] = changed % 2 === 0 ? 0.5 : -(signs[changed % signs.length] ?? 1);
        const by = tensor2d(signs, [8, units]);
        const m = Key.uniform(Key.key(seed), [units, columns], -1, 1);
        const [found, wanted] = [toHost(mixed(by, m)), toHost(matMul(by, m))];
        // Sums of up to 600 numbers of up to 1 in blocks of 256, of which each rounds some times.
        const most = Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))));
        expect(most).toBeLessThan(64 * 2 ** -24 * Math.sqrt(units));
      });
    });
    fc.assert(isProduct, { numRuns: 60, seed: 1 });
  });
});
