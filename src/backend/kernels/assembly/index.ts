/**
 * Kernels that tfjs lacks, or has only as scalar loops, compiled to WebAssembly with SIMD and run on the memory of its WASM
 * backend: they take addresses, and keep no state. `npm run kernels` compiles them into `../binary.ts`.
 *
 * The last arguments of each say which part of its work to do, so that several threads can share it.
 */
import { gemmScratch } from './gemm';

export { dualCg, dualCgItems, dualCgWork } from './cg';
export { elementwise, elementwiseItems } from './elementwise';
export { gemm, gemmItems, gram, gramItems } from './gemm';
export { factor, invertFactor, multiply, paddedOrder, widen } from './inverse';
export { setMember } from './scratch';
export { transpose, transposeItems } from './transpose';

/** Bytes of scratch of each thread. */
export function scratchBytes(): i32 {
  return gemmScratch();
}
