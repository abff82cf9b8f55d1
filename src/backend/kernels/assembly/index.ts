/**
 * Kernels that tfjs lacks, or has only as scalar loops, compiled to WebAssembly with SIMD and run on the memory of its WASM
 * backend: they take addresses, and keep no state. `npm run kernels` compiles them into `../binary.ts`.
 *
 * The last arguments of each say which part of its work to do, so that several threads can share it.
 */
import { gemmScratch } from './gemm';

export { dualCg, dualCgItems, dualCgWork } from './cg';
export { convolve, packedFilter, packFilter } from './conv';
export { filterGradient, filterSums, sumFilter } from './convFilter';
export { elementwise, elementwiseItems } from './elementwise';
export { gemm, gemmItems, gram, gramItems } from './gemm';
export { factor, invertFactor, multiply, paddedOrder, widen } from './inverse';
export { maxPoolGradient } from './pool';
export { setMember } from './scratch';
export { bandBytes, planConvolution, shapeWords } from './shape';
export { sumColumns, sumItems, sumRows } from './sum';
export { transpose, transposeItems } from './transpose';

/** Bytes of scratch of each thread: products need most. */
export function scratchBytes(): i32 {
  return gemmScratch();
}
