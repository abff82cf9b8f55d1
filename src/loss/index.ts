export { softmaxCrossEntropy, squaredError, type Loss } from './loss';
