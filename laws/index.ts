/** The laws, their arbitraries and their mutants. */
export * from './arbitrary';
export * from './compare';
export * from './energy';
export * from './key';
export * from './law';
export * from './layer';
export * from './method';
export * as Mutants from './mutants';
export * from './optimizer';
export * from './ridge';
export * from './schedule';
export * from './sweep';
