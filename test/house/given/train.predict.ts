export { argMax } from '@tensorflow/tfjs-core';
