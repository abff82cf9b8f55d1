/**
 * An identity for the WASM backend that shares its data. The stock identity copies. Differentiation
 * clones each tensor it saves, so copies would double the memory of a step; sharing the data with a
 * reference count, as all other backends do, costs nothing.
 */
import { Identity } from '@tensorflow/tfjs-core';
import { inputOf, replaceKernel } from './kernel';

export const installWasmIdentity = (): void => {
  replaceKernel(Identity, ({ inputs, backend }) => {
    const x = inputOf(inputs, 'identity', 'x');
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
};
