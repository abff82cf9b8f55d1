/** Norms of trees beside float64, where squares overflow and vanish, and of nothing. */
import { scalar, tensor, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dispose, liveTensors, scope, toNumber } from '../../src';
import { globalNorm, scaledNorm } from '../../src/internal';
import { started, testBackends } from '../support';

/** float32: the products of a norm and the rounding of its root, of a few numbers. */
const TOLERANCE = 1e-6;

const normOf = (tree: readonly Tensor[]): number =>
  scope(() => {
    const norm = globalNorm(tree);
    expect(norm.shape).toEqual([]);
    return toNumber(norm);
  });

for (const backend of testBackends)
  describe(`norms on ${backend}`, () => {
    beforeAll(() => started(backend));

    it.each([
      ['ordinary numbers', [[3, 0, -4], [12]]],
      ['numbers whose squares overflow', [[3e30, -4e30], [1e20]]],
      // 1e-30 is the smallest power of ten whose reciprocal, too, is a normal number of float32 on every backend.
      ['numbers whose squares vanish', [[3e-30], [-4e-30]]],
      ['one number', [[-7]]],
      ['an empty tensor among others', [[], [3, 4]]],
    ] as const)('are those of float64: %s', (_, leaves) => {
      const alive = liveTensors();
      const tree = leaves.map((leaf) => tensor([...leaf], [leaf.length]));
      const wanted = Math.hypot(...leaves.flat());
      expect(Math.abs(normOf(tree) / wanted - 1)).toBeLessThanOrEqual(TOLERANCE);
      dispose(tree);
      expect(liveTensors()).toBe(alive);
    });

    it('are 0 of zeros and of nothing', () => {
      expect(normOf([zeros([3]), zeros([2, 2])])).toBe(0);
      expect(normOf([])).toBe(0);
      expect(normOf([zeros([0])])).toBe(0);
    });

    it.each([
      ['NaN', [1, Number.NaN]],
      ['∞', [1, Number.POSITIVE_INFINITY]],
      ['−∞', [Number.NEGATIVE_INFINITY, 1]],
      ['∞ and NaN', [Number.POSITIVE_INFINITY, Number.NaN]],
    ] as const)('are NaN where a number is %s', (_, [a, b]) => {
      expect(normOf([scalar(2), tensor([a, b])])).toBeNaN();
      expect(normOf([tensor([b, a]), scalar(2)])).toBeNaN();
    });

    it('come as a product of numbers that neither overflow', () => {
      const { unit, root } = scaledNorm([tensor([3e38, 3e38, 3e38])]);
      expect(toNumber(unit)).toBeCloseTo(3e38, -32);
      expect(Math.abs(toNumber(root) - Math.sqrt(3))).toBeLessThanOrEqual(TOLERANCE);
    });
  });
