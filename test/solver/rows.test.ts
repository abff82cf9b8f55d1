/** Conjugate gradients on many rows at once: each is a system of its own, and ends where it is as good as was asked for. */
import * as fc from 'fast-check';
import { add, matMul, mul, slice, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { relativeDistance } from '../../laws';
import { Key, scope, toHost } from '../../src';
import { conjugateGradients } from '../../src/solver/cg';
import { casesOf, started, testBackends } from '../support';

const SEED = 5;

describe.each(testBackends)('rows of conjugate gradients on %s', (backend) => {
  beforeAll(() => started(backend));

  it('end each at its own first iterate that is good enough, where nothing is read', () => {
    const numRuns = casesOf(60);
    console.log(`rows that end by themselves on ${backend}: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(
        fc.record({
          n: fc.integer({ min: 2, max: 7 }),
          rows: fc.integer({ min: 1, max: 4 }),
          stopAt: fc.constantFrom(0.3, 0.1, 0.01, 1e-3),
          seed: fc.nat({ max: 1e6 }),
        }),
        ({ n, rows, stopAt, seed }) => {
          scope(() => {
            const key = Key.key(seed);
            const a = Key.uniform(Key.fold(key, 0), [n, n], -1, 1);
            const product = (v: Tensor): Tensor => add(matMul(matMul(v, a), a, false, true), mul(v, 0.3));
            const g = Key.uniform(Key.fold(key, 1), [rows, n], -1, 1);
            const together = conjugateGradients(product, g, n, stopAt, 'perUnit', false).value;
            for (let row = 0; row < rows; row++) {
              const own = slice(g, [row, 0], [1, n]);
              // Alone, and read: the loop ends there.
              const iterates = Array.from({ length: n + 1 }, (_, k) =>
                k === 0 ? undefined : conjugateGradients(product, own, k, 0, 'perUnit', true),
              ).slice(1);
              const left = iterates.map((one) => Number(one?.residual));
              // Nothing is said where float32 may take it for either side.
              if (left.some((size) => Math.abs(size / stopAt - 1) < 0.02)) continue;
              const first = left.findIndex((size) => size <= stopAt);
              const expected = iterates[first < 0 ? n - 1 : first];
              if (expected === undefined) continue;
              const found = toHost(slice(together, [row, 0], [1, n]));
              expect(relativeDistance(found, toHost(expected.value))).toBeLessThan(0.02);
            }
          });
        },
      ),
      { seed: SEED, numRuns },
    );
  });

  it('stay as they are once solved to a millionth, and go on above it', () => {
    scope(() => {
      // Of two eigenvalues a share of 1 + δ the first iterate leaves δ/2 of the right-hand side.
      const after = (iterations: number, delta: number): readonly number[] => {
        const diagonal = tensor([[1, 1 + delta]]);
        return [
          ...toHost(
            conjugateGradients((v) => mul(v, diagonal), tensor([[1, 1]]), iterations, 0, 'perUnit', true)
              .value,
          ),
        ];
      };
      // Multiples of the last digit of float32: squares of 0.5e-6 and 2e-6 lie on either side of 1e-12, a factor of 4 from it.
      const digit = 2 ** -23;
      expect(after(2, 8 * digit)).toEqual(after(1, 8 * digit));
      expect(after(2, 36 * digit)).not.toEqual(after(1, 36 * digit));
    });
  });
});
