export { add, div, mean, sqrt, square } from '@tensorflow/tfjs-core';
