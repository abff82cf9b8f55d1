/**
 * The part of this folder that runs in a browser: tables. Functions that draw plots or write files
 * fail with an error that says that they need Node.
 */
import { inNode } from '../core';

export { plannedRoutes, routes, type PlannedRow, type RouteRow } from './routes';
export { table } from './table';

export const curvesPlot: typeof import('./curves').curvesPlot = inNode('curvesPlot');
export const draw: typeof import('./draw').draw = inNode('draw');
export const heatMapPlot: typeof import('./heatMap').heatMapPlot = inNode('heatMapPlot');
export const htmlReport: typeof import('./html').htmlReport = inNode('htmlReport');
export const lossPlot: typeof import('./plot').lossPlot = inNode('lossPlot');
export const measuresPlot: typeof import('./plot').measuresPlot = inNode('measuresPlot');
export const spreadPlot: typeof import('./spread').spreadPlot = inNode('spreadPlot');
export const writeSummary: typeof import('./summary').writeSummary = inNode('writeSummary');
