/**
 * Corrects the solution of a dual system along the sum of the rows of A.
 *
 * V = Aᵀ·S in float32 is least accurate where A is largest: along the mean input, if inputs have a
 * common part. A few products with single rows give the solution there. For d = Aᵀ·1, the energy of
 * V + c·d is least at
 *
 *     c = (⟨A·d, H⟩ − ⟨V, (AᵀA + βI)·d⟩) / ⟨d, (AᵀA + βI)·d⟩      for each unit,
 *
 * and V + c·d = Aᵀ·(S + c·1). This costs one read of V and H, a thousandth of a refinement.
 */
import {
  add,
  div,
  greater,
  matMul,
  mul,
  onesLike,
  ones,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { scope, type Tree } from '../core';
import { largestOf } from './measure';
import { type Operator, type RidgeSystem } from './operator';
import { innerOf, plusOuter } from './split';

/** S [units, rows], and V = Aᵀ·S. */
export interface DualSolution<P> {
  readonly s: Tensor;
  readonly value: P;
}

/** The same pair, corrected along Aᵀ·1. */
export const settledAlongMean = <P extends Tree.Tree>(
  { design, h, beta }: RidgeSystem<P>,
  { apply, adjoint }: Operator,
  { s, value }: DualSolution<P>,
): DualSolution<P> => {
  const all = adjoint(ones([1, design.rows]));
  // d is divided by its largest number: squares of its numbers do not overflow.
  const scale = largestOf(all);
  const d = div(all, scale);
  const image = apply(d);
  const slope = add(adjoint(image), mul(d, beta));
  const curvature = sum(mul(d, slope));
  const curved = greater(curvature, 0);
  const miss = scope(() => sub(matMul(design.toUnits(h), image, false, true), innerOf(design, value, slope)));
  const c = where(curved, div(miss, where(curved, curvature, onesLike(curvature))), zerosLike(miss));
  return { s: add(s, div(c, scale)), value: plusOuter(design, value, c, d) };
};
