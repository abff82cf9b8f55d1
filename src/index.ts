/** The public interface of proxprop. */
export * from './core';
export * from './backend';
export * from './autodiff';
export * as Solver from './solver';
export { cg, exact, pendingResiduals, readNow, readSolves } from './solver';
export {
  areArrays,
  augmented,
  batchesOf,
  batchOf,
  checked,
  cutout,
  flipLeftRight,
  inMemory,
  mixup,
  passOver,
  randomCrop,
  shuffled,
  split,
  subset,
  exampleOf,
  type Augmentation,
  type ExampleArrays,
  type Examples,
  type ExampleSource,
  type ExampleStream,
  type PassBatch,
  type PassOptions,
} from './example';
export * from './layer';
export * from './loss';
export * from './energy';
export {
  advance,
  andThen,
  blockSteps,
  diagnose,
  explicit,
  forward,
  implicit,
  jointly,
  monoid as stepMonoid,
  multiplier,
  nothing,
  runDirection,
  runStep,
  strengthen,
  until,
  type BlockSolve,
  type BlockStep,
  type Diagnostics,
  type Direction,
  type ExplicitOptions,
  type Interpreter,
  type LinkDiagnostics,
  type Outcome,
  type Progress,
  type Step,
} from './step';
export {
  admm,
  backprop,
  backwardSweep,
  blockCoordinateDescent,
  direction,
  explicitParameters,
  mac,
  monoid as scheduleMonoid,
  predictiveCoding,
  problem,
  proxprop,
  routes,
  sweepMethod,
  type LinkRoute,
  type Method,
  type Problem,
  type Schedule,
} from './schedule';
export * as Optimizer from './optimizer';
export { adam, momentum, nesterov, sgd, weightDecay } from './optimizer';
export { repeat } from './repeat';
export * from './train';
export * from './data';
export * as Disk from './disk/public';
export * as Report from './report';
export * as Log from './log';
export { logged, type UnloggedEvent } from './log';
export type * as Types from './types';
