export { curvesPlot, curvesSpec, type Axis, type CurvesPlot, type RuleLine as Rule } from './curves';
export { firstFault, type DecodeFault } from '../core';
export { writeFiles } from '../disk';
export { draw } from './draw';
export { heatMapPlot, heatMapSpec, type HeatMap, type Setting } from './heatMap';
export { extent } from './extent';
export { htmlReport, type HtmlReport, type PagePart as Part, type Section } from './html';
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
export { inline } from './markdown';
export { checkPlotPackages, checkReportPackages } from './packages';
export { percent } from './percent';
export { progressOn, type Progress, type ProgressStream } from './progress';
export { plannedRoutes, routes, type PlannedRow, type RouteRow } from './routes';
export { type PanelPoint, type PlotSpec } from './spec';
export { spreadPlot, spreads, spreadSpec, type Spread, type SpreadMeasure, type SpreadPlot } from './spread';
export { decodeSummary, finiteOrNull as measured, Summary, summaryText, writeSummary } from './summary';
export { table } from './table';
