/**
 * The float64 reference backend: its registration with tfjs, and tensors made of float64 values.
 */
import {
  engine,
  findBackendFactory,
  getKernel,
  registerBackend,
  registerKernel,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Float64Backend } from './backend';
import { kernelFunc, type KernelTable } from './kernels/call';
import { convolution } from './kernels/convolution';
import { elementwise } from './kernels/elementwise';
import { indexing } from './kernels/indexing';
import { linear } from './kernels/linear';
import { reduction } from './kernels/reduction';
import { structure } from './kernels/structure';

export { Float64Backend } from './backend';

const backendName = 'float64';

const kernels: KernelTable = {
  ...convolution,
  ...elementwise,
  ...indexing,
  ...linear,
  ...reduction,
  ...structure,
};

const all = Object.entries(kernels);
const [lastName = ''] = all.at(-1) ?? [];

/** Registers the backend with tfjs under the name 'float64'. Calling it again changes nothing. */
export const registerFloat64 = (): void => {
  // Priority 0, below all others: tfjs must never choose it where nobody asked for it.
  if (findBackendFactory(backendName) == null) registerBackend(backendName, () => new Float64Backend(), 0);
  // All are registered, or none.
  if (getKernel(lastName, backendName) != null) return;
  for (const [kernelName, kernel] of all)
    registerKernel({ kernelName, backendName, kernelFunc: kernelFunc(kernelName, kernel) });
};

/**
 * A tensor of exactly these values, row-major. Call it while the float64 backend is current. tfjs's
 * own `tensor` would round the numbers to float32 before any backend sees them. You dispose of the
 * tensor.
 *
 * `shape` is the shape of the tensor.
 *
 * @example onReference(() => toNumber(tensor64([0.1], []))) // 0.1
 */
export const tensor64 = (values: readonly number[] | Float64Array, shape: number[]): Tensor =>
  // Boundary with tfjs: its type for values has no Float64Array. The backend takes them as they
  // are.
  engine().makeTensor(Float64Array.from(values) as unknown as Float32Array, shape, 'float32');
