/** What configurations may name, registered once: layers, methods, optimizers, datasets. */
export * from './codec';
export { decodeAt } from './decoded';
export * from './entry';
export { nearest } from './nearest';
export * from './registry';
export { ofEachNumber } from './treeReferences';
export { solverName, solverOf } from './solvers';
