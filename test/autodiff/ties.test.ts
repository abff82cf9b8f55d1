/** At ties the cotangents of both operands add up to that of the result; reductions take one axis to all of them, and no more. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, scope } from '../../src';
import { gradientOf } from '../../src/internal';
import { started, testBackends } from '../support';

for (const backend of testBackends)
  describe(`ties and axes on ${backend}`, () => {
    beforeAll(() => started(backend));

    it.each([
      ['maximum', tf.maximum],
      ['minimum', tf.minimum],
    ] as const)('%s hands on the whole cotangent', (_name, f) => {
      scope(() => {
        const a = tf.tensor1d([1, 2, 3, 0, -1, 5, 5]);
        const b = tf.tensor1d([1, 3, 2, 0, -1, 5, 4]);
        const u = tf.tensor1d([1, -2, 3, 4, 5, 6, 7]);
        const { gradient } = gradientOf(
          (p: { readonly a: tf.Tensor; readonly b: tf.Tensor }) => tf.sum(tf.mul(f(p.a, p.b), u)),
          { a, b },
        );
        expect([...tf.add(gradient.a, gradient.b).dataSync()]).toEqual([...u.dataSync()]);
      });
    });

    it.each([
      ['max', tf.max],
      ['min', tf.min],
      ['sum', tf.sum],
      ['mean', tf.mean],
    ] as const)(
      '%s: what reaches the entries adds up, along one axis to all, and no axis more',
      (name, f) => {
        scope(() => {
          const x = tf.tensor4d(
            [...Array(16).keys()].map((i) => i % 3),
            [2, 2, 2, 2],
          );
          for (const axes of [[0], [3], [1, 2], [0, 3], [0, 1, 2], [0, 1, 2, 3]]) {
            const { gradient } = gradientOf((p: { readonly x: tf.Tensor }) => tf.sum(f(p.x, axes)), { x });
            const results = 2 ** (4 - axes.length);
            const want = name === 'sum' ? 16 : results;
            expect(tf.sum(gradient.x).dataSync()[0]).toBeCloseTo(want, 5);
          }
          expect(() => attempt(() => f(x, 4))).toThrow(/All values in axis param must be in range \[-4, 4\)/);
        });
      },
    );
  });
