/**
 * Checks every allocation on the WASM heap. The heap grows to 4 GB and never shrinks. When it is
 * full, the allocator returns address 0, and tfjs would silently place the tensor there, over its
 * own data.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../../core';
import { type HeapUse } from '../heapUse';

/** The allocator of the module, which the types of tfjs lack. */
interface Module {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

export interface CheckedHeap extends HeapUse {
  readonly allocate: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/**
 * The allocator of a WASM backend, which counts and checks every allocation. It throws
 * `memory error …` if the heap is full, and `backend error …` if one of its threads has ended: a
 * kernel that asks for memory would wait for that thread forever.
 */
export const checkedHeap = (backend: BackendWasm, lives: () => boolean = () => true): CheckedHeap => {
  // Boundary with tfjs: the emscripten module has an allocator that its type does not name.
  const module = backend.wasm as unknown as Module;
  // The functions of the module are stubs that put the real ones in their place when they are first
  // called.
  module._free(module._malloc(1));
  const allocate = module._malloc.bind(module);
  const free = module._free.bind(module);
  const sizes = new Map<number, number>();
  let live = 0;
  let peak = 0;
  module._malloc = (bytes) => {
    if (!lives())
      return fail(
        'backend',
        'wasm',
        'threads that keep running (restart the program)',
        'a thread of tfjs that ended',
      );
    // The native side reads addresses above 2 GB as negative numbers.
    const address = allocate(bytes) >>> 0;
    if (address === 0 && bytes > 0)
      return fail('memory', 'wasm heap', `room for ${bytes} more bytes (the heap ends at 4 GB)`, 'none');
    sizes.set(address, bytes);
    live += bytes;
    peak = Math.max(peak, live);
    return address;
  };
  module._free = (address) => {
    live -= sizes.get(address >>> 0) ?? 0;
    sizes.delete(address >>> 0);
    free(address);
  };
  return {
    allocate: (bytes) => module._malloc(bytes),
    free: (address) => {
      module._free(address);
    },
    live: () => live,
    peak: () => peak,
    forgetPeak: () => {
      peak = live;
    },
  };
};
