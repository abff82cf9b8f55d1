export { conjugateGradients, dualConjugateGradients, type CgResult } from './cg';
export { cholesky, choleskySolve, invertLower } from './cholesky';
export { chooseGram, chooseRoute, cost, type Size } from './cost';
export {
  cg,
  DEFAULT_TOLERANCE,
  exact,
  type Design,
  type GramWay,
  type Route,
  type Scalars,
  type Solution,
  type Solver,
  type SolveReport,
} from './operator';
export { invertShifted, invertShiftedPlain, type ShiftedInverse } from './inverse';
export { solveRidge } from './ridge';
