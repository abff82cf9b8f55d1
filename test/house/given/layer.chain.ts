import { ones } from '@tensorflow/tfjs-core';

export const x = ones([2, 784]);
