export { constant, cosine, stepDecay, toLearningRate, type LearningRate } from './learningRate';
export {
  applyUpdate,
  chain,
  initOptimizer,
  learningRateOf,
  momentsOf,
  monoid,
  stepOptimizer,
  unchanged,
  updateOptimizer,
  type Optimizer,
  type OptimizerState,
  type NumberTransform,
  type Rule,
  type Slot,
  type Stepped,
  type Transform,
  type TreeTransform,
  type Update,
} from './optimizer';
export { checkState, copyState } from './state';
export {
  adam,
  momentum,
  nesterov,
  scale,
  scaleByAdam,
  sgd,
  trace,
  weightDecay,
  type AdamOptions,
} from './transforms';
