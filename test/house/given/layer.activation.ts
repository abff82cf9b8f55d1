export { pow } from '@tensorflow/tfjs-core';
