/**
 * Norms over many tensors that neither overflow nor underflow. They are scalars, so a GPU reads
 * nothing back.
 */
import {
  abs,
  add,
  div,
  greater,
  isNaN as isNaNTensor,
  max,
  maximum,
  mul,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { scope } from './scope';
import { leaves, type Tree } from './tree';

/**
 * A norm as the product `unit`·`root` of two scalars, so that squares neither overflow nor
 * underflow; `unit` is 1 if all numbers are 0.
 */
export interface ScaledNorm {
  /** A scalar: the greatest absolute value of the numbers. */
  readonly unit: Tensor;
  /** A scalar: the root of the sum of squares of the numbers, each divided by `unit`. */
  readonly root: Tensor;
}

const sumOf = (parts: readonly Tensor[], join: (a: Tensor, b: Tensor) => Tensor): Tensor =>
  parts.length === 0 ? scalar(0) : parts.reduce(join);

/**
 * The norm over all numbers of some tensors, ‖x‖ = m·√(Σ (x/m)²) with m = max |x| as `unit`, so
 * that no number that is squared exceeds 1. `root` is NaN if a number is not finite.
 */
export const scaledNorm = (tensors: readonly Tensor[]): ScaledNorm => {
  const filled = tensors.filter(({ size }) => size > 0);
  const largest = sumOf(
    filled.map((x) => max(abs(x))),
    maximum,
  );
  const unit = where(greater(largest, 0), largest, where(isNaNTensor(largest), largest, scalar(1)));
  const squares = filled.map((x) => sum(square(div(x, unit))));
  return { unit, root: sqrt(sumOf(squares, add)) };
};

/**
 * The norm ‖a‖ over all tensors of a tree, as a scalar that is not read: 0 for a tree of zeros, NaN
 * if a number is not finite.
 */
export const globalNorm = (a: Tree): Tensor =>
  scope(() => {
    const { unit, root } = scaledNorm(leaves(a));
    return mul(unit, root);
  });
