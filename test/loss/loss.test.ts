import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, scope, softmaxCrossEntropy, squaredError, toNumber } from '../../src';
import { messageOf, started, testBackends } from '../support';

for (const backend of testBackends)
  describe(`losses on ${backend}`, () => {
    beforeAll(() => started(backend));

    it('softmaxCrossEntropy is the batch mean of −log softmax', () => {
      scope(() => {
        const rows = [
          [1, 2, 3],
          [0, -1, 4],
        ];
        const labels = [2, 0];
        const expected =
          rows.reduce((total, row, i) => {
            const z = row.reduce((s, v) => s + Math.exp(v), 0);
            return total - Math.log(Math.exp(row[labels[i] ?? 0] ?? 0) / z);
          }, 0) / 2;
        const found = softmaxCrossEntropy.value(tensor2d(rows), tensor1d(labels, 'int32'));
        // Float32 rounding of a number of size 2.
        expect(toNumber(found)).toBeCloseTo(expected, 5);
      });
    });

    it('does not overflow, and takes a single class', () => {
      scope(() => {
        const large = softmaxCrossEntropy.value(tensor2d([[1e4, -1e4]]), tensor1d([0], 'int32'));
        expect(toNumber(large)).toBe(0);
        expect(toNumber(softmaxCrossEntropy.value(tensor2d([[7], [8]]), tensor1d([0, 0], 'int32')))).toBe(0);
      });
    });

    it('squaredError is half the sum of squares over the batch size', () => {
      scope(() => {
        const found = squaredError.value(
          tensor2d([
            [1, 2],
            [3, 4],
          ]),
          tensor2d([
            [0, 0],
            [0, 0],
          ]),
        );
        expect(toNumber(found)).toBe(7.5);
        expect(squaredError.quadraticWeight?.(4)).toBe(0.25);
      });
    });

    it('names shapes that do not fit', () => {
      const line = (f: () => unknown): string => scope(() => messageOf(attempt(f)));
      expect(line(() => squaredError.value(tensor2d([[1]]), tensor2d([[1, 2]])))).toBe(
        'shape error at squaredError: expected targets [1, 1], found targets [1, 2]',
      );
      expect(line(() => softmaxCrossEntropy.value(tensor2d([[1, 2]]), tensor1d([0])))).toBe(
        'shape error at softmaxCrossEntropy: expected outputs [N, classes] and int32 targets [N], found outputs [1, 2] and float32 targets [1]',
      );
    });
  });
