/** A solver works on tensors: its ops are those of tfjs, not the joins of networks. */
export { add, mul, sub, zerosLike } from '@tensorflow/tfjs-core';
