/**
 * The WASM heap grows to 4 GB and never shrinks; when it is full, the allocator returns address 0, and tfjs
 * would silently place the tensor there, over its own data. Every allocation is checked instead.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../core';

/** The allocator of the module, which the types of tfjs leave out. */
interface Heap {
  _malloc: (bytes: number) => number;
}

const checked = new WeakSet<Heap>();

/** Check every allocation of a WASM backend from now on: `memory error …` when the heap is full. */
export const checkAllocations = (backend: BackendWasm): void => {
  // Boundary with tfjs: the emscripten module has an allocator that its type does not name.
  const heap = backend.wasm as unknown as Heap;
  if (checked.has(heap)) return;
  checked.add(heap);
  const allocate = heap._malloc.bind(heap);
  heap._malloc = (bytes) => {
    const address = allocate(bytes);
    return address !== 0 || bytes === 0
      ? address
      : fail('memory', 'wasm heap', `room for ${bytes} more bytes (the heap ends at 4 GB)`, 'none');
  };
};
