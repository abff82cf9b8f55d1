/** Kernels of our own on a heap that is full before they are done: an error value, and nothing is lost. */
import { ones, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { attempt, Solver, start } from '../../src';
import { convolve, filterGradient } from '../../src/internal';
import { right, withRoom } from '../support';

const sliding = { strides: [1, 1], pad: 'valid' } as const;
const kernels: Readonly<Record<string, () => unknown>> = {
  convolution: () => convolve(ones([2, 9, 9, 3]), ones([3, 3, 3, 4]), sliding),
  'gradient by the filter': () =>
    filterGradient(ones([2, 9, 9, 3]), ones([2, 7, 7, 4]), [3, 3, 3, 4], sliding),
  'sum over rows': () => sum(ones([70_000, 3]), 0),
  'dual conjugate gradients': () => Solver.dualConjugateGradients(ones([8, 8]), 0.5, ones([5, 8]), 2),
};

describe('a full heap', () => {
  for (const [name, kernel] of Object.entries(kernels))
    it(`leaves nothing behind: ${name}`, async () => {
      const { heap } = right(await start('wasm', { threads: 1 })());
      const before = heap?.live();
      /** Whether the kernel is done with so many allocations. */
      const within = (most: number): boolean =>
        E.isRight(
          withRoom(most, () =>
            attempt(() => {
              // What a scope frees is freed also where its function throws.
              tidy((): Tensor[] => {
                kernel();
                return [];
              });
            }),
          ),
        );
      let most = 0;
      for (; !within(most); most++) expect([most, heap?.live()]).toEqual([most, before]);
      expect(most).toBeGreaterThan(2);
      expect(heap?.live()).toBe(before);
    });
});
