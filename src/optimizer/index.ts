export { constant, cosine, stepDecay, toLearningRate, type LearningRate } from './learningRate';
export {
  applyUpdate,
  chain,
  initOptimizer,
  momentsOf,
  monoid,
  unchanged,
  updateOptimizer,
  type Optimizer,
  type OptimizerState,
  type Slot,
  type Transform,
  type Update,
} from './optimizer';
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
