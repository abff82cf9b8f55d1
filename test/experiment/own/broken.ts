/** A layer that boasts, and an optimizer that follows another formula. */
import { mul, square } from '@tensorflow/tfjs-core';
import { layer, sgd } from '../../../src';
import { defineOptimizer, positive } from '../../../src/experiment';

/** `θ²·x` is not affine in θ, though it says so. */
export const boasting = layer({
  name: 'boasting',
  input: [2],
  output: [2],
  init: () => ({ gain: square([1.5]) }),
  affine: true,
  forward: ({ gain }, x) => mul(x, square(gain)),
});

export const tripled = defineOptimizer({
  name: 'tripled',
  keys: { required: { rate: positive }, optional: {} },
  build: ({ rate }) => sgd(3 * rate),
  cases: [{ config: { rate: 0.1 }, reference: () => (d) => 0.1 * d }],
});
