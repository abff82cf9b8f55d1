export { abs, mean, sub } from '@tensorflow/tfjs-core';
