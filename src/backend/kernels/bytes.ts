/** The kernels as a WebAssembly module: for memories that threads share, and for others. */
import { bytesOf } from '../webAssembly';
import { sharing, unshared } from './binary';

/** The bytes of the module. The memory that it imports is shared, or is not; all else is the same. */
export const kernelBytes = (isShared: boolean): Uint8Array => {
  const bytes = bytesOf(unshared);
  if (!isShared) return bytes;
  const { from, to, bytes: instead } = sharing;
  return Uint8Array.from([...bytes.subarray(0, from), ...instead, ...bytes.subarray(to)]);
};
