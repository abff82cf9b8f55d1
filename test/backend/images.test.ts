/** Convolutions and pooling whose filters reach beyond the images, or do not fit. */
import {
  conv2d,
  depthwiseConv2d,
  engine,
  MaxPoolGrad,
  ones,
  type Rank,
  type Tensor,
  tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, Key, onReference, scope, tensor64, toHost } from '../../src';
import { filterGradient, inputGradient } from '../../src/internal';
import { messageOf, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

type Shape4 = [number, number, number, number];

const images = (shape: Shape4): Tensor4D => ones<Rank.R4>(shape);

describe('convolutions on wasm', () => {
  const line = (kernel: string): string =>
    `shape error at ${kernel}: expected a filter that fits into the images, found [4, 2] in [3, 5]`;

  it('refuse a filter that does not fit', () => {
    scope(() => {
      const [x, w, y] = [images([2, 3, 5, 2]), images([4, 2, 2, 3]), images([2, 1, 4, 3])];
      const sliding = { strides: [1, 1], pad: 'valid' } as const;
      expect(messageOf(attempt(() => conv2d(x, w, 1, 'valid')))).toBe(line('Conv2D'));
      expect(messageOf(attempt(() => conv2d(x, w, 1, 0)))).toBe(line('Conv2D'));
      expect(messageOf(attempt(() => depthwiseConv2d(x, w, 1, 'valid')))).toBe(line('DepthwiseConv2dNative'));
      expect(messageOf(attempt(() => inputGradient(y, w, x.shape, sliding)))).toBe(
        line('Conv2DBackpropInput'),
      );
      expect(messageOf(attempt(() => filterGradient(x, y, w.shape, sliding)))).toBe(
        line('Conv2DBackpropFilter'),
      );
      // Two rows short: a size below zero.
      expect(messageOf(attempt(() => conv2d(x, images([5, 6, 2, 3]), 1, 'valid')))).toMatch(/^shape error/);
      expect(conv2d(x, images([3, 5, 2, 3]), 2, 'valid').shape).toEqual([2, 1, 1, 3]);
    });
  });

  it('refuse images with channels first', () => {
    scope(() => {
      const [x, w] = [images([2, 2, 5, 5]), images([3, 3, 2, 3])];
      expect(messageOf(attempt(() => conv2d(x, w, 1, 'valid', 'NCHW')))).toBe(
        'backend error at wasm Conv2D: expected images [N, H, W, C], dataFormat NHWC, found NCHW',
      );
    });
  });
});

describe('the gradient of max pooling', () => {
  for (const channels of [1, 4])
    for (const [name, filterSize, strides, pad, dimRoundingMode, out] of [
      ['one row past the padding', [1, 3], [1, 1], 1, 'floor', [7, 5]],
      ['a stride beyond the filter, rounded up', [1, 1], [3, 3], 0, 'ceil', [3, 2]],
      ['padding wider than the filter', [2, 2], [2, 2], 3, 'floor', [5, 4]],
    ] as const)
      it(`with windows outside of the images, ${channels} channels: ${name}`, () => {
        const shape: Shape4 = [2, 5, 3, channels];
        const outShape: Shape4 = [2, ...out, channels];
        const numbers = (seed: number, of: Shape4): Float64Array =>
          scope(() => toHost(Key.uniform(Key.key(seed), of, -1, 1)));
        const [x, dy] = [numbers(1, shape), numbers(2, outShape)];
        const attrs = { filterSize: [...filterSize], strides: [...strides], pad, dimRoundingMode };
        const gradient = (place: (values: Float64Array, of: Shape4) => Tensor): Float64Array =>
          scope(() => {
            const inputs = { input: place(x, shape), dy: place(dy, outShape), output: place(dy, outShape) };
            return toHost(engine().runKernel<Tensor>(MaxPoolGrad, inputs, attrs));
          });
        const wanted = onReference(() => gradient((values, of) => tensor64(values, of)));
        scope(() => {
          const place = (values: Float64Array, of: Shape4): Tensor => tensor(Float32Array.from(values), of);
          // The result takes a gap between tensors of its own size.
          const around = Array.from({ length: 12 }, () => place(x, shape));
          around
            .filter((_, i) => i % 4 === 1)
            .forEach((t) => {
              t.dispose();
            });
          const found = gradient(place);
          found.forEach((v, i) => {
            expect(v).toBeCloseTo(wanted[i] ?? Number.NaN, 5);
          });
          for (const t of around) if (!t.isDisposed) expect(toHost(t)).toEqual(x);
        });
      });
});
