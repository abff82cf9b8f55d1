import { type Split } from '../../../src';

export { mul } from '@tensorflow/tfjs-core';
export const split: Split = { images: Float32Array.of(1, 1), labels: Int32Array.of(0, 1), count: 2 };
