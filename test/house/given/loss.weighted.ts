import { ones, zeros } from '@tensorflow/tfjs-core';

export const [output, target] = [zeros([3, 2]), ones([3, 2])];
