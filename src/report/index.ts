export { curvesPlot, curvesSpec, type Axis, type CurvesPlot } from './curves';
export { firstFault, type DecodeFault } from './decode';
export { writeFiles } from './files';
export {
  lossPlot,
  lossSpec,
  measuresPlot,
  measuresSpec,
  type LossPlot,
  type LossPoint,
  type Measure,
  type MeasuresPlot,
} from './plot';
export { progressOn, type Progress, type ProgressStream } from './progress';
export { routes, type RouteRow } from './routes';
export { decodeSummary, measured, Summary, summaryText, writeSummary } from './summary';
export { table } from './table';
