/** The map of a dense layer, in one pass if the backend has a kernel for it. */
import { add, matMul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { sizeOf } from '../core';
import { hasKernel, runOwnForOne } from './kernel';

/** x [..., F] as one matrix [R, F] of all its rows. */
export const asRows = (x: Tensor): Tensor =>
  x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) ?? 1]);

/**
 * x·Wᵀ for x [..., in], of rank 2 at least, and W [out, in]: [..., out]. You dispose of the result.
 * Backends without kernels of our own take all rows of x as one matrix, not as a batch of them.
 */
export const placesProduct = (x: Tensor, weights: Tensor): Tensor => {
  if (x.rank === 2 || hasKernel('BiasedMatMul')) return matMul(x, weights, false, true);
  const y = matMul(asRows(x), weights, false, true);
  return reshape(y, [...x.shape.slice(0, -1), y.shape[1] ?? 0]);
};

/**
 * x·Wᵀ + b for x [..., in], of rank 2 at least, W [out, in] and b [out]: [..., out]. You dispose of
 * the result.
 */
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
    : add(placesProduct(x, weights), bias);
