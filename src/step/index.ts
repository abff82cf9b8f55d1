export { blockSteps, type BlockStep } from './blocks';
export { type BlockSolve, type Outcome, type TrustReport } from './evaluator';
export { checkDeclared } from './declared';
export { diagnose, type Diagnostics, type LinkDiagnostics } from './diagnostics';
export { repeated, type DirectionRequest, type RepeatedStep } from './repeated';
export { routeOf, type StepRoute } from './route';
export { advance, runDirection, runStep, type Direction, type Interpreter } from './run';
export {
  andThen,
  checkStep,
  explicit,
  factors,
  forward,
  implicit,
  jointly,
  monoid,
  multiplier,
  nothing,
  repeat,
  strengthen,
  trusted,
  until,
  type ExplicitOptions,
  type Progress,
  type Step,
  type TrustOptions,
} from './step';
