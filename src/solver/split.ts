/**
 * Products with parameters as a matrix pack(v) [units, columns]. A design that splits them has its
 * parts multiplied where they lie; others are packed.
 */
import { add, concat, matMul, mul, slice, type Tensor } from '@tensorflow/tfjs-core';
import { Tree } from '../core';
import { type Design, type SplitColumns } from './operator';
import { mixed } from './sketch';

/** A matrix [m, columns] by all columns but the last, and the last. */
const splitMatrix = (m: Tensor): SplitColumns => {
  const [rows = 0, columns = 0] = m.shape;
  return { most: slice(m, [0, 0], [rows, columns - 1]), last: slice(m, [0, columns - 1], [rows, 1]) };
};

/**
 * `by`·pack(v) for `by` [m, units], as [m, columns]. You dispose of the result.
 *
 * @example combinedOf(design, ones([1, design.units]), design.unpack(ones([2, 3]))).shape // [1, 3]
 */
export const combinedOf = <P extends Tree.Tree>(design: Design<P>, by: Tensor, v: P): Tensor => {
  const parts = design.parts?.split(v);
  return parts === undefined
    ? mixed(by, design.pack(v))
    : concat([mixed(by, parts.most), mixed(by, parts.last)], 1);
};

/**
 * pack(v)·wᵀ for w [1, columns], as [units, 1]. You dispose of the result.
 *
 * @example innerOf(design, design.unpack(ones([2, 3])), ones([1, 3])).shape // [2, 1]
 */
export const innerOf = <P extends Tree.Tree>(design: Design<P>, v: P, w: Tensor): Tensor => {
  const parts = design.parts?.split(v);
  if (parts === undefined) return matMul(design.pack(v), w, false, true);
  const { most, last } = splitMatrix(w);
  return add(matMul(parts.most, most, false, true), mul(parts.last, last));
};

/**
 * The parameters of such parts. You dispose of the result.
 *
 * @example joinedOf(design, { most: ones([2, 2]), last: zeros([2, 1]) }) // V [2, 3]
 */
export const joinedOf = <P extends Tree.Tree>(design: Design<P>, parts: SplitColumns): P =>
  design.parts?.join(parts) ?? design.unpack(concat([parts.most, parts.last], 1));

/**
 * v + unpack(c·d) for c [units, 1] and d [1, columns]. You dispose of the result.
 *
 * @example plusOuter(design, design.unpack(ones([2, 3])), ones([2, 1]), ones([1, 3]))
 */
export const plusOuter = <P extends Tree.Tree>(design: Design<P>, v: P, c: Tensor, d: Tensor): P => {
  if (design.parts === undefined)
    return Tree.zip((a: Tensor, b: Tensor) => add(a, b))(v, design.unpack(matMul(c, d)));
  const [own, { most, last }] = [design.parts.split(v), splitMatrix(d)];
  return design.parts.join({ most: add(own.most, matMul(c, most)), last: add(own.last, mul(c, last)) });
};
