export { atLeast, positive, whole } from './checks';
export * from './convolution';
export * from './error';
export { explained, explaining } from './explain';
export * as Key from './key';
export * from './scope';
export * from './shape';
export * from './tensor';
export * as Tree from './tree';
