/**
 * Experiments as data: a configuration, its cells, their runs, the report. This is the entry
 * `proxprop/experiment`, for Node.
 */
export { builtBy } from './builtBy';
export { runCell, type CellProgress, type Task, type Tell } from './cell';
export { cellOf, contenders, finalCells, MOST_CELLS, MOST_CHOICES, showChoice, tuningCells } from './cells';
export { type Cell, type CellContender } from './cells';
export { checkLimits, checkTrainingConfig, MOST_STEPS } from './check';
export {
  codecs,
  type Choice,
  type Experiment,
  type ExperimentConfig,
  type LimitsCase,
  type LimitsConfig,
  type Trainer,
  type TrainingConfig,
} from './config';
export {
  best,
  chosen,
  compete,
  competeAll,
  contestOn,
  finalLoss,
  firstBatch,
  type Contender,
  type Contest,
  type ContestRun,
} from './contest';
export { folderOf, loadData, exampleShape, networkOf, taskOf } from './data';
export { type Facts, type TrainingData } from './dataFacts';
export { checksumOfData, decodeDataset, encodeDataset } from './datasetBytes';
export { builtIn, datasets } from './datasets';
export { markdownOf, type Document, type Picture } from './document';
export { ENVIRONMENT, environment, environmentIn, type Environment } from './environment';
export { jsonIn, parsed, textOf } from './files';
export { epochsTo, findings, isProximal, secondsTo } from './findings';
export { follow, type End, type Listener, type Stand, type Training } from './follow';
export { promoted, rungsOf, type Halving } from './halving';
export { canonical, identityOf, resolvedCell } from './identity';
export { readLines, readEnding, writeEnding, type Ending, type MetricsLine } from './metrics';
export { entriesOf, exportsOf, registryWith, withEntries, type ModuleExports } from './modules';
export { type RunPlace as Place } from './place';
export { folderOfCell, trainersOf, type Trainers } from './pool';
export { progressIn } from './progress';
export { curveTable } from './gridReport';
export { guarded } from './ownEntry';
export {
  finishedIn,
  planned,
  reportAgain,
  runExperiment,
  withData,
  type Finished,
  type Planned,
  type Ready,
} from './run';
export { type Runner } from './runner';
export { CONFIG, openRun, type RunSetting } from './runFolder';
export { readExperiment } from './read';
export { mean, stopOf, tookOf, type Row, type Run, type Took } from './results';
export { largestEigenvalue } from './spectrum';
export { interrupted } from './stepSizes';
export { drawn, Search, valueAt, type Distribution } from './search';
export { isLayer, isMethod, isOptimizer } from './shapes';
export { spirals } from './spirals';
export { strictJson } from './strictJson';
export { trainingPlanOf, type Gathered, type Made, type Plan } from './training';
export { version } from './version';
export { type PoolSetting, type Told } from './worker';
export * from '../registry';
