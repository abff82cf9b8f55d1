/**
 * Kernels of WebGPU put right.
 *
 * A cast to float32 relabels the integers that lie under it, and kernels that only move numbers (transposing, slicing)
 * then do not compile. A running sum from the other end takes the length of its axis from whichever call came first.
 */
import {
  Cast,
  Cumprod,
  Cumsum,
  getKernel,
  type KernelConfig,
  Multiply,
  type NamedAttrMap,
  registerKernel,
  Reverse,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { fail } from '../core';

const BACKEND = 'webgpu';

const kernelOf = (name: string): KernelConfig =>
  getKernel(name, BACKEND) ?? fail('backend', BACKEND, `a kernel ${name}`, 'none');

type Call = Parameters<KernelConfig['kernelFunc']>[0];

/** The one result of a kernel. */
const run = (
  kernel: KernelConfig,
  { backend }: Call,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap,
): TensorInfo => {
  const out = kernel.kernelFunc({ inputs, attrs, backend });
  return Array.isArray(out) ? (out[0] ?? fail('backend', BACKEND, 'a result', 'none')) : out;
};

const operand = ({ inputs }: Call): TensorInfo =>
  inputs['x'] ?? fail('shape', BACKEND, 'an operand x', 'none');

const replaced = new Set<KernelConfig['kernelFunc']>();

/** Put a kernel in the place of a stock one, once. */
const replace = (name: string, better: (stock: KernelConfig, call: Call) => TensorInfo): void => {
  const stock = kernelOf(name);
  if (replaced.has(stock.kernelFunc)) return;
  const kernelFunc: KernelConfig['kernelFunc'] = (call) => better(stock, call);
  replaced.add(kernelFunc);
  unregisterKernel(name, BACKEND);
  registerKernel({ ...stock, kernelFunc });
};

/** Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which. */
const ours = ({ backend }: Call): WebGPUBackend => backend as WebGPUBackend;

/** To float32 by a product with 1, which makes new numbers. */
const cast = (stock: KernelConfig, call: Call): TensorInfo => {
  const x = operand(call);
  if (call.attrs?.['dtype'] !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool'))
    return run(stock, call, { x }, call.attrs ?? {});
  const one = ours(call).makeTensorInfo([], 'float32', Float32Array.of(1));
  try {
    return run(kernelOf(Multiply), call, { a: x, b: one }, {});
  } finally {
    ours(call).disposeData(one.dataId);
  }
};

/** From the other end as from this one, of the numbers turned round. */
const cumulative = (stock: KernelConfig, call: Call): TensorInfo => {
  const { axis = 0, exclusive = false, reverse } = call.attrs ?? {};
  const attrs = { axis, exclusive, reverse: false };
  if (reverse !== true) return run(stock, call, { x: operand(call) }, attrs);
  const turned = (x: TensorInfo): TensorInfo => run(kernelOf(Reverse), call, { x }, { dims: [Number(axis)] });
  const x = turned(operand(call));
  const summed = run(stock, call, { x }, attrs);
  const result = turned(summed);
  for (const { dataId } of [x, summed]) ours(call).disposeData(dataId);
  return result;
};

/** Replace these kernels; doing so again changes nothing. */
export const mendWebgpu = (): void => {
  replace(Cast, cast);
  replace(Cumsum, cumulative);
  replace(Cumprod, cumulative);
};
