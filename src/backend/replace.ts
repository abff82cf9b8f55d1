/** Putting kernels in the place of those of a backend of tfjs, with the stock ones at hand. */
import {
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { fail } from '../core';

export type Call = Parameters<KernelConfig['kernelFunc']>[0];

/** What is computed in the place of a stock kernel, which it may call. */
export type Better = (stock: KernelConfig, call: Call) => TensorInfo;

/** An operand of a call by its name. A `Fault` `shape` where there is none. */
export const operand = ({ inputs }: Call, name = 'x'): TensorInfo =>
  inputs[name] ?? fail('shape', 'kernel', `an operand ${name}`, 'none');

/** A stock kernel. A `Fault` `backend` where there is none. */
export const kernelOf = (name: string, backend: string): KernelConfig =>
  getKernel(name, backend) ?? fail('backend', backend, `a kernel ${name}`, 'none');

/** The one result of a kernel. */
export const run = (
  kernel: KernelConfig,
  { backend }: Call,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap,
): TensorInfo => {
  const out = kernel.kernelFunc({ inputs, attrs, backend });
  return Array.isArray(out) ? (out[0] ?? fail('backend', kernel.backendName, 'a result', 'none')) : out;
};

const replaced = new Set<KernelConfig['kernelFunc']>();

/** Put a kernel in the place of a stock one, once. */
export const replace = (name: string, backend: string, better: Better): void => {
  const stock = kernelOf(name, backend);
  if (replaced.has(stock.kernelFunc)) return;
  const kernelFunc: KernelConfig['kernelFunc'] = (call) => better(stock, call);
  replaced.add(kernelFunc);
  unregisterKernel(name, backend);
  registerKernel({ ...stock, kernelFunc });
};
