import { ones } from '@tensorflow/tfjs-core';

export const [queries, keys] = [ones([2, 3, 4]), ones([2, 5, 4])];
