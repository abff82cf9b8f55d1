export { backprop, type BackpropOptions } from './backprop';
export { direction, problem, problemOf, type Problem } from './direction';
export { proxprop, type ProxpropOptions } from './proxprop';
export { routes, type LinkRoute } from './routes';
export { monoid, type Method, type Schedule } from './schedule';
export { backwardSweep, explicitParameters, sweepMethod } from './sweep';
