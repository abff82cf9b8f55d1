import { type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, jvp, scope, softmaxCrossEntropy, squaredError, toNumber } from '../../src';
import { gradientOf, readsStall } from '../../src/internal';
import { messageOf, right, started, testBackends } from '../support';

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

    const rows = (z: readonly (readonly number[])[], classes: readonly number[]) => {
      const target = tensor1d([...classes], 'int32');
      const shape: [number, number] = [z.length, z[0]?.length ?? 0];
      const f = (p: { readonly z: Tensor }): Tensor => softmaxCrossEntropy.value(p.z, target);
      return { f, z: tensor2d(z.flat(), shape) };
    };
    /** Loss, gradient, and the derivative of the gradient along v. */
    const derivatives = (
      z: readonly (readonly number[])[],
      classes: readonly number[],
      v: readonly number[],
    ) =>
      scope(() => {
        const { f, z: at } = rows(z, classes);
        const { value, gradient } = gradientOf(f, { z: at });
        const of = (p: { readonly z: Tensor }): Tensor => gradientOf(f, p).gradient.z;
        const along = right(jvp(of)({ z: at }, { z: tensor2d([...v], [z.length, v.length / z.length]) }));
        return [value, gradient.z, along.tangent].map((t) => [...t.dataSync()]);
      });

    // p = softmax of [−0.5, 0, −0.25] less what they share, by hand.
    it.each([0, 1e4, 1e6, -1e6])('keeps what logits differ by, beside %d that they share', (offset) => {
      const logits = [offset - 0.5, offset, offset - 0.25];
      const powers = [-0.5, 0, -0.25].map(Math.exp);
      const all = powers.reduce((a, b) => a + b);
      const p = powers.map((x) => x / all);
      const v = [0.3, -1, 0.5];
      const mean = p.reduce((total, x, i) => total + x * (v[i] ?? 0), 0);
      const [[loss] = [], gradient = [], hessian = []] = derivatives([logits], [0], v);
      // A few float32 roundings of numbers of size 1.
      expect(loss).toBeCloseTo(Math.log(all) + 0.5, 6);
      gradient.forEach((g, i) => {
        expect(g).toBeCloseTo((p[i] ?? 0) - (i === 0 ? 1 : 0), 6);
      });
      hessian.forEach((h, i) => {
        expect(h).toBeCloseTo((p[i] ?? 0) * ((v[i] ?? 0) - mean), 6);
      });
    });

    it('takes −∞ for a class that is masked', () => {
      const [[loss] = [], gradient = [], hessian = []] = derivatives([[0, 0, -Infinity]], [0], [1, -1, 5]);
      expect(loss).toBeCloseTo(Math.LN2, 6);
      expect(gradient.map((g) => g + 0)).toEqual([-0.5, 0.5, 0]);
      expect(hessian.map((h) => h + 0)).toEqual([0.5, -0.5, 0]);
      const [[masked] = [], toMasked = []] = derivatives([[0, 0, -Infinity]], [2], [0, 0, 0]);
      expect(masked).toBe(Infinity);
      expect(toMasked).toEqual([0.5, 0.5, -1]);
    });

    it('keeps a NaN, and is finite at ±1e4', () => {
      const [[loss] = []] = derivatives([[0, Number.NaN], [0, 0]], [0, 1], [0, 0, 0, 0]); // prettier-ignore
      expect(loss).toBeNaN();
      const [[far] = [], gradient = []] = derivatives([[1e4, -1e4]], [1], [0, 0]);
      expect([far, gradient]).toEqual([2e4, [1, -1]]);
    });

    it('refuses targets that are no class', () => {
      const found = (classes: readonly number[]) =>
        scope(() => {
          const { f, z } = rows([[1, 2], [3, 4]], classes); // prettier-ignore
          return attempt(() => toNumber(f({ z })));
        });
      for (const bad of [-1, 2]) {
        const result = found([0, bad]);
        // On a GPU nothing is read inside a step: the loss is NaN there.
        if (readsStall()) expect(right(result)).toBeNaN();
        else
          expect(messageOf(result)).toBe(
            `data error at softmaxCrossEntropy.target[1]: expected a class in 0 … 1, found ${bad}`,
          );
      }
      expect(right(found([0, 1]))).toBeGreaterThan(0);
    });
  });
