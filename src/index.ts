/** The public interface of proxprop. */
export * from './core';
export * from './backend';
export * from './autodiff';
export * as Solver from './solver';
export { cg, exact } from './solver';
export * from './layer';
export * from './loss';
export * from './energy';
export {
  andThen,
  explicit,
  forward,
  implicit,
  jointly,
  monoid as stepMonoid,
  nothing,
  runDirection,
  runStep,
  until,
  type BlockSolve,
  type Direction,
  type Interpreter,
  type Outcome,
  type Progress,
  type Step,
} from './step';
export {
  backprop,
  backwardSweep,
  direction,
  explicitParameters,
  monoid as scheduleMonoid,
  problem,
  proxprop,
  sweepMethod,
  type Method,
  type Problem,
  type Schedule,
} from './schedule';
export * as Optimizer from './optimizer';
export { adam, momentum, nesterov, sgd, weightDecay } from './optimizer';
export { repeat } from './repeat';
export * from './train';
export * from './data';
export * as Report from './report';
