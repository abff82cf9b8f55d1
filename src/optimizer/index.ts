export { accumulate } from './accumulate';
export { clip, clipByGlobalNorm, clipByRms } from './clip';
export { averageOf, ema } from './ema';
export { initOptimizer } from './init';
export {
  constant,
  cosine,
  joined,
  linear,
  sgdr,
  stepDecay,
  toLearningRate,
  warmup,
  type LearningRate,
  type RatePiece,
} from './learningRate';
export { frozen, masked, multiTransform, type Group } from './masked';
export {
  chain,
  learningRateOf,
  momentsOf,
  monoid,
  unchanged,
  type Optimizer,
  type OptimizerState,
  type NumberTransform,
  type Rule,
  type Slot,
  type Transform,
  type TreeTransform,
} from './optimizer';
export { scaleByFactoredRms } from './adafactor';
export { orthogonalised } from './muon';
export * from './optimizers';
export { type Predicate, type Selection } from './selection';
export { scaleByLbfgs } from './lbfgs';
export { scaleByShampoo } from './shampoo';
export { scaleBySoap } from './soap';
export { checkState, copyState } from './state';
export { perTensor, type TensorTransform } from './tensors';
export {
  scale,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByLion,
  scaleByRms,
  trace,
  weightDecay,
  type AdamOptions,
  type LionOptions,
  type RmsOptions,
} from './transforms';
export { applyUpdate, stepOptimizer, updateOptimizer, type Stepped, type Update } from './update';
