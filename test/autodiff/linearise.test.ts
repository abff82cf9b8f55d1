/** What a linearisation keeps, and frees. */
import { beforeAll, expect, it } from 'vitest';
import { mul, square, tensor1d } from '@tensorflow/tfjs-core';
import { dispose, liveTensors, toHost } from '../../src';
import { linearise } from '../../src/autodiff';
import { started } from '../support';

beforeAll(() => started('cpu'));

it('frees all that it keeps when it is released, also outside of a scope', () => {
  const x = tensor1d([1, 2, 3]);
  const v = tensor1d([1, 1, 1]);
  const before = liveTensors();
  const linear = linearise((p) => mul(square(p), p), x);
  const results = [linear.jvp(v), linear.jvp(v), linear.vjp(v)];
  // 3x² each way.
  for (const result of results) expect([...toHost(result)]).toEqual([3, 12, 27]);
  dispose(results, linear.value);
  linear.release();
  expect(liveTensors()).toBe(before);
  linear.release();
  expect(liveTensors()).toBe(before);
  dispose(x, v);
});
