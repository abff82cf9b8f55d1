/**
 * Kernels that tfjs lacks, or has only as scalar loops, compiled to WebAssembly with SIMD. They run
 * on the memory of tfjs's WASM backend, take addresses, and keep no state. `npm run kernels`
 * compiles them into `../binary.ts`.
 *
 * The last arguments of each kernel select a part of its work, so that several threads can share
 * it.
 */
import { fewScratch } from './few';
import { gemmScratch } from './gemm';
import { mixScratch } from './mix';
import { wideScratch } from './wide';

export { attend, attendGradient, attendItems, attendRoom } from './attend';
export { broadcast } from './broadcast';
export { dualCg, dualCgItems, dualCgWork } from './cg';
export { convolve, packedFilter, packFilter } from './conv';
export { filterGradient, filterItems, filterSums, sumFilter, sumFilterWide } from './convFilter';
export { addTerms, columnItems, correlate, storeDouble, sumColumns } from './correlate';
export {
  addDoubles,
  combine,
  copyDoubles,
  diagonalOf,
  dotDoubles,
  mirrorLower,
  narrowRows,
  narrowSettled,
  productDouble,
  shiftedCopy,
  shiftLower,
  substitute,
  substituteItems,
  sumDoubles,
  transposeLower,
  widenBlock,
  widenRows,
  zeroDoubles,
} from './double';
export { elementwise, elementwiseItems, elementwiseOperations } from './elementwise';
export { few } from './few';
export { gainAndBias, gainAndBiasGradient, gainItems } from './gains';
export { addToRows, gemm, gram, gramOfBlocks } from './gemm';
export { classLosses, classLossesGradient } from './entropy';
export { factorBelow, factorBlock, invertFactor, multiply, paddedOrder, widen } from './inverse';
export { maxMiddle } from './max';
export { areSigns, mixSigns } from './mix';
export { clip, numberItems, pairwise, relu } from './nan';
export { normalise, normaliseGradient } from './normalise';
export { pairItems, pairSums, solvePairs } from './pairs';
export { maxPoolGradient, pool } from './pool';
export { reflectColumns, reflectRows } from './reflect';
export { setMember } from './scratch';
export { settleError, settleRows, settleSlope, settleStart, settleUnits } from './settle';
export { bandBytes, offsetsOf, planConvolution, shapeWords, writeOffsets } from './shape';
export {
  factorSingleBelow,
  factorSingleBlock,
  largestDouble,
  shiftSingle,
  singleItems,
  singleNumbers,
  singleOrder,
  singleRoom,
  substituteSingle,
} from './single';
export { sketchMisses, sketchNorms } from './sketch';
export { joinRuns, padRuns, sliceRuns } from './slice';
export { joinSums, sumItems, sumMiddle, sumRanges, sumWhole } from './sum';
export { transpose, transposeItems } from './transpose';
export { unary, unaryItems } from './unary';
export { bandItems, joinParts, productWide, randomRoots, squaresWide, weightedSquares, wideItems, wideParts } from './wide';

// The innermost loops, for the compiler alone: what is exported is not put in the place of its one call, where its sums would
// not all stay in registers, and it take twice as long.
export { convTile4, convTile8 } from './conv';
export { filterTile, tallTile } from './convFilter';
export { gemmTile } from './gemm';

/** Bytes of scratch of each thread: products need most. */
export function scratchBytes(): i32 {
  return max(max(gemmScratch(), wideScratch()), max(fewScratch(), mixScratch()));
}
