export {
  lossValue,
  softmaxCrossEntropy,
  squaredError,
  type ClassLoss,
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
