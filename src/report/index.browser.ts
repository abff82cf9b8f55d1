/** What of this folder runs in a browser: tables. Plots are drawn and files written in Node. */
export { routes, type RouteRow } from './routes';
export { table } from './table';
