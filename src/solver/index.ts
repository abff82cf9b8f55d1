export { averages, nextMean, solveAveraged, type AveragedSolution, type GramMean } from './averaged';
export { solveAveragedPlain, type WeightedDesign } from './averagedPlain';
export { conjugateGradients, dualConjugateGradients, type CgResult } from './cg';
export { cholesky, choleskySolve, invertLower } from './cholesky';
export { chooseGram, chooseRoute } from './choose';
export { cost, type SystemSize as Size } from './cost';
export { answerOf, ownSolver, type AnySolver, type LinearSystem, type OwnSolver } from './own';
export { priceOf } from './price';
export { GOOD_LENGTH, measuredBy } from './measure';
export { inverseByProducts, type InverseByProducts } from './inverseByProducts';
export {
  cg,
  checkSolver,
  DEFAULT_BUDGET,
  DEFAULT_TOLERANCE,
  exact,
  type Blocks,
  type Design,
  type ExactOptions,
  type GramWay,
  type InputsOfDesign,
  type Operator,
  type PackedParts,
  type Route,
  type Scalars,
  type Shared,
  type Solver,
  type Source,
  type SplitColumns,
  type WideProducts,
} from './operator';
export { invertShifted, invertShiftedPlain, type ShiftedInverse } from './inverse';
export {
  judged,
  pendingResiduals,
  readNow,
  readScalars,
  readSolves,
  withNumbers,
  type Measured,
  type ReadReport,
  type Solution,
  type SolveReport,
} from './solveReport';
export { solveRidge } from './ridge';
export {
  checkFactorOptions,
  inMetric,
  nextFactors,
  type BatchFactors,
  type Factor,
  type FactorInverse,
  type FactorOptions,
  type Factors,
} from './kronecker';
export { inMetricPlain, nextFactorsPlain, type PlainBatch } from './kroneckerPlain';
export { type CallRate, type Rate, type Rates, type SolveRate } from './rate';
export { rates } from './rates';
export { keeper, withShared, type Keeper } from './shared';
export { singlePays } from './smallWork';
export { gramTime, smallWorkOf, solveTime } from './solveTime';
export { mixed } from './sketch';
export { stacked, type Weighted } from './stacked';
export { wideProducts } from './wide';
