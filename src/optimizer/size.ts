/** Directions of a bounded norm, also where its squares would overflow or underflow. */
import { div, greater, isNaN as isNaNTensor, mul, scalar, type Tensor, where } from '@tensorflow/tfjs-core';
import { scaledNorm } from '../core';

/** The direction of a tensor alone: x/‖x‖, and 0 where x = 0. */
export const unitDirection = (x: Tensor): Tensor => {
  const { unit, root } = scaledNorm([x]);
  return div(div(x, unit), where(greater(root, 0), root, where(isNaNTensor(root), root, scalar(1))));
};

/**
 * Scales tensors that have one common norm: x·min(1, most/‖x‖). All numbers become NaN if one of
 * them is not finite.
 */
export const clippedToNorm = (tensors: readonly Tensor[], most: number): ((x: Tensor) => Tensor) => {
  const { unit, root } = scaledNorm(tensors);
  const one = scalar(1);
  const long = greater(root, div(scalar(most), unit));
  const by = where(isNaNTensor(root), root, where(long, div(scalar(most), root), one));
  const from = where(long, unit, one);
  return (x) => mul(div(x, from), by);
};
