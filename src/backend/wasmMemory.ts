/**
 * The WASM heap grows to 4 GB and never shrinks; when it is full, the allocator returns address 0, and tfjs
 * would silently place the tensor there, over its own data. Every allocation is checked instead.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../core';

/** The allocator of the module, which the types of tfjs leave out. */
interface Module {
  _malloc: (bytes: number) => number;
  readonly _free: (address: number) => void;
}

/** The allocator of a WASM backend, every allocation checked from now on: `memory error …` when the heap is full. */
export const checkedHeap = (
  backend: BackendWasm,
): { readonly allocate: (bytes: number) => number; readonly free: (address: number) => void } => {
  // Boundary with tfjs: the emscripten module has an allocator that its type does not name.
  const module = backend.wasm as unknown as Module;
  const allocate = module._malloc.bind(module);
  module._malloc = (bytes) => {
    const address = allocate(bytes);
    return address !== 0 || bytes === 0
      ? address
      : fail('memory', 'wasm heap', `room for ${bytes} more bytes (the heap ends at 4 GB)`, 'none');
  };
  return {
    // The native side takes addresses beyond 2 GB for negative ones.
    allocate: (bytes) => module._malloc(bytes) >>> 0,
    free: (address) => {
      module._free(address);
    },
  };
};
