export { checkLoss } from './checkLoss';
export { crossEntropy, softmaxCrossEntropy, type CrossEntropyOptions } from './crossEntropy';
export {
  drawnTarget,
  lossOfEach,
  lossValue,
  type ClassLoss,
  type EachLoss,
  type Loss,
  type ValueLoss,
} from './loss';
export {
  onOutputs,
  type AreOutputs,
  type Losses,
  type NoSuchOutput,
  type OutputsLoss,
  type TargetShapes,
} from './outputs';
export { squaredError } from './squaredError';
export { lossOn, weighted } from './weighted';
