/**
 * Matrix products of shapes at which stock kernels are wrong; and by each of the programs that are taken on a GPU, by shape. A software adapter is given one of them for all shapes
 * (`webgpu.ts`), and so would not show a fault in the others.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, env, matMul, tensor } from '@tensorflow/tfjs-core';
import { Key, scope, toHost } from '../../src';
import { relativeDistance } from '../../laws';
import { PRODUCTS } from '../../src/backend/webgpu/kernels';
import { started, testBackends } from '../support';

/** Rows, inner length and columns of a product for which each program is taken. */
const shapes = [
  ['a workgroup for each number', 5, 40, 6],
  ['small tiles', 40, 30, 20],
  ['small tiles in place of sums in parts', 16, 2100, 16],
  ['tiles', 200, 40, 300],
] as const;

/** Sums of up to 2100 products of either sign: √2100 · 6e-8 of their size. */
const ROUNDING = 3e-6;

const byProgram = (): void => {
  let before = -1;
  beforeAll(async () => {
    await started('webgpu');
    before = env().getNumber(PRODUCTS);
    env().set(PRODUCTS, -1);
  });
  afterAll(() => {
    env().set(PRODUCTS, before);
  });
  for (const [program, rows, inner, columns] of shapes)
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const)
      it(`${program}${transposeA ? ', the first transposed' : transposeB ? ', the second transposed' : ''}`, () => {
        scope(() => {
          const a = Key.uniform(Key.key(1), transposeA ? [inner, rows] : [rows, inner], -1, 1);
          const b = Key.uniform(Key.key(2), transposeB ? [columns, inner] : [inner, columns], -1, 1);
          const [left, right] = [toHost(a), toHost(b)];
          const expected = Float64Array.from({ length: rows * columns }, (_, at) => {
            const [i, j] = [Math.floor(at / columns), at % columns];
            let total = 0;
            for (let k = 0; k < inner; k++)
              total +=
                (left[transposeA ? k * rows + i : i * inner + k] ?? Number.NaN) *
                (right[transposeB ? j * inner + k : k * columns + j] ?? Number.NaN);
            return total;
          });
          const found = toHost(matMul(a, b, transposeA, transposeB));
          expect(relativeDistance(found, expected)).toBeLessThanOrEqual(ROUNDING);
          // Programs read beyond the end of an operand, where a driver gives its last number.
          const ends = [left, right].map((x) => Float32Array.from(x, (v, i) => (i < x.length - 1 ? v : NaN)));
          const [l, r] = [tensor(ends[0] ?? left, a.shape), tensor(ends[1] ?? right, b.shape)];
          const wrong = [...toHost(matMul(l, r, transposeA, transposeB))].filter((v, at) => {
            const reached = Math.floor(at / columns) === rows - 1 || at % columns === columns - 1;
            return Number.isNaN(v) !== reached;
          });
          expect(wrong).toEqual([]);
        });
      });
};

if (testBackends.includes('webgpu'))
  describe('products on webgpu, by the program for their shape', byProgram);

/** On WebGL a matrix plus 1 has ones beyond its edge, which an odd inner length must not bring into the product. */
describe.each(testBackends)('products of odd inner length on %s', (backend) => {
  beforeAll(() => started(backend));
  it.each([1, 3, 5])('of %d', (inner) => {
    scope(() => {
      const [a, b] = [Key.uniform(Key.key(1), [2, inner], -1, 1), Key.uniform(Key.key(2), [inner, 3], -1, 1)];
      const [left, right] = [add(a, 1), add(b, 1)];
      const [l, r] = [toHost(left), toHost(right)];
      const expected = Float64Array.from({ length: 6 }, (_, at) => {
        let total = 0;
        for (let k = 0; k < inner; k++)
          total += (l[Math.floor(at / 3) * inner + k] ?? Number.NaN) * (r[k * 3 + (at % 3)] ?? Number.NaN);
        return total;
      });
      // Made anew: a matrix that was read lies on the host too.
      expect(relativeDistance(toHost(matMul(add(a, 1), add(b, 1))), expected)).toBeLessThanOrEqual(1e-6);
    });
  });
});
