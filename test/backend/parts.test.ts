/** How products are cut for a team. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOfRows, gramPartsOf, productParts } from '../../src/backend/wasm/parts';

const SEED = 1;
const length = fc.oneof(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 5000 }));

describe('parts of a product', () => {
  it(`cover it, in whole tiles, and are no wider than what a thread holds (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        length,
        length,
        length,
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 16 }),
        (m, n, k, batch, threads) => {
          const { rows, columns, items } = productParts(m, n, k, batch, threads);
          expect([rows % 5, columns % 8]).toEqual([0, 0]);
          expect(columns).toBeLessThanOrEqual(1024);
          expect(items).toBe(Math.ceil(m / rows) * Math.ceil(n / columns));
        },
      ),
      { numRuns: 300, seed: SEED },
    );
  });

  it('are one for one thread, and some for each of several where there is work for them', () => {
    expect(productParts(500, 256, 784, 1, 1).items).toBe(1);
    expect(productParts(500, 256, 784, 1, 2).items).toBe(8);
    // Short sides are cut only so that no thread is idle.
    expect([2, 4].map((threads) => productParts(64, 64, 2800, 1, threads).items)).toEqual([2, 4]);
    // Too little to be shared.
    expect(productParts(64, 10, 32, 1, 2).items).toBe(1);
    // There are others.
    expect(productParts(500, 256, 784, 8, 2).items).toBe(1);
  });

  it('of a Gram matrix of few columns are blocks of rows', () => {
    const shapes = [
      [2048, 128],
      [500, 160],
      [256, 128],
      [2048, 161],
    ] as const;
    expect(shapes.map(([rows, n]) => blockOfRows(rows, n))).toEqual([512, 256, undefined, undefined]);
  });

  it(`of a Gram matrix are pairs of whole tiles (seed ${SEED})`, () => {
    fc.assert(
      fc.property(length, (n) => {
        const { lines, items } = gramPartsOf(n);
        const parts = Math.ceil(n / lines);
        expect(lines % 40).toBe(0);
        expect(lines).toBeLessThanOrEqual(360);
        expect(items).toBe((parts * (parts + 1)) / 2);
      }),
      { numRuns: 100, seed: SEED },
    );
  });
});
