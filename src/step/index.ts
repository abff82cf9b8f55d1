export { blockSteps, type BlockStep } from './blocks';
export { type BlockSolve, type Outcome } from './interpret';
export { runDirection, runStep, type Direction, type Interpreter } from './run';
export {
  andThen,
  explicit,
  forward,
  implicit,
  jointly,
  monoid,
  nothing,
  repeat,
  until,
  type Progress,
  type Step,
} from './step';
