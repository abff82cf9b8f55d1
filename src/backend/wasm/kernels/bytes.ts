/**
 * The kernels as a WebAssembly module: for memory that threads share and for other memory, with and
 * without relaxed SIMD.
 */
import { bytesOf } from '../webAssembly';
import { deflated, fusing, sharing } from './binary';

/** Selects one of the modules. */
export interface Build {
  /** Whether threads share the memory that the module imports. */
  readonly shared: boolean;
  /** Whether the module fuses products with the sums that follow. */
  readonly relaxed: boolean;
}

const NOTHING = 0x01;
const RELAXED_MADD = { float32: [0xfd, 0x85, 0x02], float64: [0xfd, 0x87, 0x02] } as const;

/**
 * The module with relaxed SIMD. `relaxed_madd` finds its operands on the stack: both factors, and
 * the operand that the addition takes after their product. It is as long as the addition. Three
 * instructions without effect replace the multiplication.
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

/** Bytes that zlib has compressed: in base64 they take two fifths of what the module would. */
const inflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/** The bytes of the module. */
export const kernelBytes = async ({ shared, relaxed }: Build): Promise<Uint8Array> => {
  const plain = await inflated(bytesOf(deflated));
  const bytes = relaxed ? fused(plain) : plain;
  return shared ? withSharedMemory(bytes) : bytes;
};
