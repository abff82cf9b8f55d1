/** The laws, their arbitraries and their mutants. */
export * from './arbitrary';
export * from './compare';
export * from './energy';
export * from './implicit';
export * from './key';
export * from './law';
export * from './layer';
export * from './layerCases';
export * from './layerTable';
export * from './method';
export * as Mutants from './mutants';
export * from './optimizer';
export * from './ridge';
export * from './schedule';
export * from './stationary';
export * from './sweep';
