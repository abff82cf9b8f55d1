import { ones } from '@tensorflow/tfjs-core';

export const image = ones([2, 28, 28, 1]);
export const age = ones([2, 1]);
