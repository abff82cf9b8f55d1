/**
 * Calls kernels of the WASM backend from kernels of this library, and replaces stock kernels by
 * ours.
 */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Kernel, kernelsOf } from '../kernel';

export { inputOf, type Operands } from '../kernel';

export type WasmKernel = Kernel<BackendWasm>;

export const kernels = kernelsOf<BackendWasm>('wasm');
export const { kernelOf, run, replaceKernel, ownKernel } = kernels;

/** The same numbers in another shape. It owns nothing. */
export const as = (x: TensorInfo, shape: number[]): TensorInfo => ({ ...x, shape });

/** Intermediate results, which are freed together at the end. */
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

/** The address of the values of a tensor in the memory of the module. */
export const addressOf = (backend: BackendWasm, x: TensorInfo): number =>
  backend.dataIdMap.get(x.dataId).memoryOffset;
