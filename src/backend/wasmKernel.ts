/** Calling kernels of the WASM backend from kernels of our own, and putting ours in the place of stock ones. */
import {
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../core';

/** A kernel of the WASM backend, as it is registered now. */
export const kernelOf = (name: string): KernelConfig =>
  getKernel(name, 'wasm') ?? fail('backend', 'wasm', `a kernel ${name}`, 'none');

/** The one result of a kernel. */
export const run = (
  kernel: KernelConfig,
  backend: BackendWasm,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap,
): TensorInfo => {
  const out = kernel.kernelFunc({ inputs, attrs, backend });
  return Array.isArray(out) ? (out[0] ?? fail('backend', 'wasm', 'a result', 'none')) : out;
};

/** The same numbers seen in another shape; owns nothing. */
export const as = (x: TensorInfo, shape: number[]): TensorInfo => ({ ...x, shape });

/** Results between kernels, freed together when the whole is done. */
export class Temporaries {
  private readonly owned: TensorInfo[] = [];
  constructor(private readonly backend: BackendWasm) {}
  keep(info: TensorInfo): TensorInfo {
    this.owned.push(info);
    return info;
  }
  free(): void {
    for (const { dataId } of this.owned) this.backend.disposeData(dataId);
  }
}

/** The inputs of a kernel by name. */
export type Operands = Record<string, TensorInfo | undefined>;

/** One of them. */
export const inputOf = (inputs: Operands, kernel: string, name: string): TensorInfo =>
  inputs[name] ?? fail('shape', kernel, `an operand ${name}`, 'none');

/** A kernel of ours: what tfjs hands over, with the backend that it is. */
export type WasmKernel = (params: {
  readonly inputs: Operands;
  readonly attrs: NamedAttrMap;
  readonly backend: BackendWasm;
}) => TensorInfo | TensorInfo[];

/** Make `kernel` the one of that name, in place of the stock one where there is one. */
export const replaceKernel = (name: string, kernel: WasmKernel): void => {
  const stock = getKernel(name, 'wasm');
  if (stock !== undefined) unregisterKernel(name, 'wasm');
  registerKernel({
    ...stock,
    kernelName: name,
    backendName: 'wasm',
    // Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which.
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel({ inputs, attrs: attrs ?? {}, backend: backend as BackendWasm }),
  });
};

/** Where the values of a tensor lie in the memory of the module. */
export const addressOf = (backend: BackendWasm, x: TensorInfo): number =>
  backend.dataIdMap.get(x.dataId).memoryOffset;
