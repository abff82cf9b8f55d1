/** The kernels as a WebAssembly module: for memories that threads share, and for others; with relaxed SIMD, and without. */
import { bytesOf } from '../webAssembly';
import { fusing, sharing, unshared } from './binary';

/** Which of the modules. */
export interface Build {
  /** Whether threads share the memory that it imports. */
  readonly shared: boolean;
  /** Whether products are fused with the sums that they are added to. */
  readonly relaxed: boolean;
}

const NOTHING = 0x01;
const RELAXED_MADD = { float32: [0xfd, 0x85, 0x02], float64: [0xfd, 0x87, 0x02] } as const;

/**
 * The same with relaxed SIMD. `relaxed_madd` finds its operands on the stack where they are: both factors, and what the addition
 * takes after their product. It is as long as the addition; for the multiplication stand three instructions that do nothing.
 */
const fused = (bytes: Uint8Array): Uint8Array => {
  const out = bytes.slice();
  for (const type of ['float32', 'float64'] as const)
    for (const product of fusing[type]) {
      out.fill(NOTHING, product, product + 3);
      out.set(RELAXED_MADD[type], product + 5);
    }
  return out;
};

const withSharedMemory = (bytes: Uint8Array): Uint8Array => {
  const { from, to, bytes: instead } = sharing;
  return Uint8Array.from([...bytes.subarray(0, from), ...instead, ...bytes.subarray(to)]);
};

/** The bytes of the module. */
export const kernelBytes = ({ shared, relaxed }: Build): Uint8Array => {
  const plain = bytesOf(unshared);
  const bytes = relaxed ? fused(plain) : plain;
  return shared ? withSharedMemory(bytes) : bytes;
};
