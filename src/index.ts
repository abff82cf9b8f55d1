/** The public interface of proxprop. */
export * from './core';
export * from './backend';
export * from './autodiff';
export * as Solver from './solver';
export { cg, exact } from './solver';
export * from './layer';
export * from './loss';
export * from './energy';
export * as Step from './step';
export {
  andThen,
  explicit,
  forward,
  implicit,
  jointly,
  nothing,
  repeat,
  runDirection,
  runStep,
  until,
} from './step';
export * as Schedule from './schedule';
export * as Optimizer from './optimizer';
export { adam, momentum, nesterov, sgd, weightDecay } from './optimizer';
export * from './train';
export { backprop, direction, proxprop, type Method } from './schedule';
