/** The map of a dense layer, in one pass if the backend has a kernel for it. */
import { add, matMul, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwnForOne } from './kernel';

/** x·Wᵀ + b for x [..., in], of rank 2 at least, W [out, in] and b [out]: [..., out]. You dispose of the result. */
export const biasedProduct = (x: Tensor, weights: Tensor, bias: Tensor): Tensor =>
  // Other types and shapes are what `matMul` says of them.
  hasKernel('BiasedMatMul') &&
  [x, weights, bias].every(({ dtype }) => dtype === 'float32') &&
  x.rank >= 2 &&
  weights.rank === 2 &&
  x.shape.at(-1) === weights.shape[1] &&
  bias.rank === 1 &&
  bias.size === weights.shape[0]
    ? runOwnForOne('BiasedMatMul', { x, weights, bias }, {})
    : add(matMul(x, weights, false, true), bias);
