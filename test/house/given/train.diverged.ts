export { event } from './core.trace';
export const name = 'backprop';
