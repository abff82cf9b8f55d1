/** The names of tfjs, for the compiler. */
export * from '@tensorflow/tfjs-core';
