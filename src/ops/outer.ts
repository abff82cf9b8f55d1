/** Adding an outer product, in one pass if the backend has a kernel for it. */
import { add, matMul, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwnForOne } from './kernel';

/** X + c·dᵀ for X [m, n], c [m, 1] and d [1, n]. You dispose of the result. */
export const addOuter = (x: Tensor, c: Tensor, d: Tensor): Tensor =>
  hasKernel('AddOuter') ? runOwnForOne('AddOuter', { x, c, d }, {}) : add(x, matMul(c, d));
