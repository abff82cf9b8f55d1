export * from './methods';
export { checkProblem } from './checkProblem';
export { direction, problem, problemIn, problemOf, type Problem } from './direction';
export { plannedRoutes, type PlannedRoute } from './planned';
export { routes, type LinkRoute } from './routes';
export { monoid, type Method, type Schedule } from './schedule';
export { backwardSweep, explicitParameters, isShared, sweepMethod, type ParameterStep } from './sweep';
export { trusting } from './trusting';
