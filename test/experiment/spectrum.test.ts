/** Largest eigenvalues beside those of maps that are known: diagonal ones. */
import { mul, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Key, liveTensors, scope } from '../../src';
import { largestEigenvalue } from '../../src/experiment';
import { started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

describe('the largest eigenvalue', () => {
  it.each([
    [[1, 3, 2], 3],
    [[5, -1, 2], 5],
    // The one of the largest magnitude is negative.
    [[-8, 1, 4], 4],
    [[-3, -1, -2], -1],
  ])('of %j is %d', (diagonal, largest) => {
    const before = liveTensors();
    const found = scope(() => {
      const d = tensor1d(diagonal);
      return largestEigenvalue((v: { readonly x: Tensor }) => ({ x: mul(v.x, d) }), { x: d }, Key.key(1));
    });
    // Sixty steps at ratios of eigenvalues of at most 3/4: (3/4)^120 is 1e-15; the rest is float32.
    expect(Math.abs(found - largest)).toBeLessThan(1e-3);
    expect(liveTensors()).toBe(before);
  });
});
