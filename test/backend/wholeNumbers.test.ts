/** Whole numbers and truth values pass the ops that move them, and counts are exact. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { onReference, scope } from '../../src';
import { started, testBackends } from '../support';

/** Below 2²⁴: on GPUs tfjs moves integers as float32. */
const MOST = 2 ** 24;

const ops: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  'a transpose of two axes': (x) => tf.transpose(tf.reshape(x, [6, 35])),
  'a transpose of three axes': (x) => tf.transpose(tf.reshape(x, [5, 6, 7]), [0, 2, 1]),
  'a transpose of four axes': (x) => tf.transpose(tf.reshape(x, [5, 2, 3, 7]), [3, 1, 0, 2]),
  'a transpose that changes nothing': (x) => tf.transpose(x, [0, 1, 2]),
  'a slice': (x) => tf.slice(x, [1, 2, 0], [3, 2, 5]),
  'a strided slice': (x) => tf.stridedSlice(x, [0, 1, 0], [5, 6, 7], [2, 1, 3]),
  'a strided slice of a comparison': (x) =>
    tf.stridedSlice(tf.greater(x, MOST / 2), [0, 1, 0], [5, 6, 7], [2, 1, 3]),
  'a concatenation': (x) => tf.concat([x, x], 1),
  'a stack': (x) => tf.stack([x, x], 2),
  'a gather': (x) => tf.gather(x, tf.tensor1d([4, 0, 2], 'int32'), 1),
  'a tile': (x) => tf.tile(x, [2, 1, 2]),
  'a reversal': (x) => tf.reverse(x, [0, 2]),
  padding: (x) => tf.pad(x, [[1, 0], [0, 2], [1, 1]]), // prettier-ignore
  'a choice': (x) => tf.where(tf.greater(x, MOST / 2), x, tf.zerosLike(x)),
  'a comparison, transposed': (x) => tf.transpose(tf.greater(x, MOST / 2), [2, 0, 1]),
  'a cast there and back': (x) => tf.cast(tf.transpose(tf.cast(x, 'float32'), [1, 0, 2]), 'int32'),
  'a transpose, cast': (x) => tf.cast(tf.transpose(x, [1, 0, 2]), 'float32'),
  'the greatest along an axis': (x) => tf.max(x, 1),
  'the smallest along an axis': (x) => tf.min(x, 0),
  'the place of the greatest': (x) => tf.argMax(x, 1),
  'a count along an axis': (x) => tf.sum(tf.cast(tf.greater(x, MOST / 2), 'int32'), 1),
  'a sum along an axis': (x) => tf.sum(tf.floorDiv(x, tf.scalar(1000, 'int32')), [0, 2]),
};

for (const backend of testBackends)
  describe(`whole numbers on ${backend}`, () => {
    beforeAll(() => started(backend));

    it.each(Object.entries(ops))('pass %s', async (_, f) => {
      const whole = (): tf.Tensor =>
        tf.tensor(
          Int32Array.from({ length: 210 }, (_, i) => (i * 2654435761) % MOST),
          [5, 6, 7],
          'int32',
        );
      const want = onReference(() => scope(() => [...f(whole()).dataSync()]));
      expect(new Set(want).size).toBeGreaterThan(1);
      const made = scope(() => f(whole()));
      expect([...(await made.data())]).toEqual(want);
      made.dispose();
    });
  });
