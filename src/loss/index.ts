export { lossValue, softmaxCrossEntropy, squaredError, type Loss } from './loss';
