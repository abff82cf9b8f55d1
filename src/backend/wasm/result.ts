/** Results of kernels of the WASM backend, on a heap that may be full before a kernel ends. */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';

type Dtype = 'float32' | 'int32';

/** Runs `fill`. If it fails, the results are freed, as nobody else knows of them. */
export const orFreed = <A>(backend: BackendWasm, outs: readonly TensorInfo[], fill: () => A): A => {
  try {
    return fill();
  } catch (thrown) {
    for (const { dataId } of outs) backend.disposeData(dataId);
    throw thrown;
  }
};

/** A new result, whose numbers `fill` writes. */
export const filled = (
  backend: BackendWasm,
  shape: number[],
  fill: (out: TensorInfo) => void,
  dtype: Dtype = 'float32',
): TensorInfo => {
  const out = backend.makeOutput(shape, dtype);
  orFreed(backend, [out], () => {
    fill(out);
  });
  return out;
};

/** The same for several float32 results. */
export const filledAll = (
  backend: BackendWasm,
  shapes: readonly number[][],
  fill: (outs: readonly TensorInfo[]) => void,
): TensorInfo[] => {
  const outs: TensorInfo[] = [];
  orFreed(backend, outs, () => {
    for (const shape of shapes) outs.push(backend.makeOutput(shape, 'float32'));
    fill(outs);
  });
  return outs;
};
