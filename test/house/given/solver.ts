import { ones } from '@tensorflow/tfjs-core';
import { denseDesign, type Solver } from '../../../src';

export const design = denseDesign(ones([3, 2]), 2);
export const residual = ones([2, 3]);
export const [a, b, h, k] = [design, denseDesign(ones([4, 2]), 2), residual, ones([2, 4])];
export const result: { readonly solves: readonly Solver.SolveReport[] } = { solves: [] };
/** Ops of tfjs, not the joins of networks. */
export { add, mul, sub } from '@tensorflow/tfjs-core';
