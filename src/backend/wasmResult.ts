/** Results of kernels of the WASM backend, on a heap that may be full before a kernel is done. */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The result that `fill` writes the numbers of; its memory is given back where that fails, as nobody else knows of it. */
export const filled = (
  backend: BackendWasm,
  shape: number[],
  fill: (out: TensorInfo) => void,
  dtype: 'float32' | 'int32' = 'float32',
): TensorInfo => {
  const out = backend.makeOutput(shape, dtype);
  try {
    fill(out);
    return out;
  } catch (thrown) {
    backend.disposeData(out.dataId);
    throw thrown;
  }
};
