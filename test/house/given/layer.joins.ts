export { mul, sigmoid } from '@tensorflow/tfjs-core';
