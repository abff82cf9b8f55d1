/** Norms of directions that neither overflow nor underflow, as tensors: a GPU reads nothing back. */
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

/** A norm as a product: `unit` · `root`, both scalars, of which the first is 1 where all numbers are 0. */
export interface Size {
  readonly unit: Tensor;
  readonly root: Tensor;
}

const sumOf = (parts: readonly Tensor[], join: (a: Tensor, b: Tensor) => Tensor): Tensor =>
  parts.length === 0 ? scalar(0) : parts.reduce(join);

/**
 * ‖x‖ over all numbers of some tensors, by the largest of them: squares are those of numbers up to 1. `root` is NaN where a
 * number is not finite.
 */
export const sizeOf = (tensors: readonly Tensor[]): Size => {
  const filled = tensors.filter(({ size }) => size > 0);
  const largest = sumOf(
    filled.map((x) => max(abs(x))),
    maximum,
  );
  const unit = where(greater(largest, 0), largest, where(isNaNTensor(largest), largest, scalar(1)));
  const squares = filled.map((x) => sum(square(div(x, unit))));
  return { unit, root: sqrt(sumOf(squares, add)) };
};

/** The direction of a tensor alone: x/‖x‖, and 0 where x = 0. */
export const normalised = (x: Tensor): Tensor => {
  const { unit, root } = sizeOf([x]);
  return div(div(x, unit), where(greater(root, 0), root, where(isNaNTensor(root), root, scalar(1))));
};

/** x·min(1, most/‖x‖) of tensors that have one norm: as they are up to it, and NaN everywhere where a number is not finite. */
export const shortened = (tensors: readonly Tensor[], most: number): ((x: Tensor) => Tensor) => {
  const { unit, root } = sizeOf(tensors);
  const one = scalar(1);
  const long = greater(root, div(scalar(most), unit));
  const by = where(isNaNTensor(root), root, where(long, div(scalar(most), root), one));
  const from = where(long, unit, one);
  return (x) => mul(div(x, from), by);
};
