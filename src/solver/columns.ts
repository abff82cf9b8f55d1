/**
 * A dual system by the columns of A in place of those of H, if A has fewer:
 *
 *     V = Hᵀ·T,   T = (AAᵀ + βI)⁻¹·A
 *
 * which is the V of S = (AAᵀ + βI)⁻¹·H and V = Aᵀ·S, with a substitution for each column of A, not
 * for each unit. T depends on A and β alone, so layers that read one input share it. A common part
 * of the inputs is large in A and in S, and small in T: V is as accurate along it as elsewhere, once
 * T is.
 *
 * T in float32 is least accurate where A is largest. With d = Aᵀ·1 and V = Hᵀ·T for every H,
 * ⟨(AᵀA + βI)·d, V⟩ = ⟨A·d, H⟩ holds for
 *
 *     T + c·dᵀ,   c = (A·d − T·(AᵀA + βI)·d) / ⟨d, (AᵀA + βI)·d⟩
 */
import { matMul, sub, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { scope, type Tree } from '../core';
import { addOuter } from '../ops';
import { meanDirection } from './along';
import { type Design, type InputsOfDesign, type Operator, type RidgeSystem } from './operator';
import { type SingleFactor } from './single';
import { throughOf } from './split';

/** Tᵀ [columns, rows], corrected along Aᵀ·1. */
const columnsSolved = <P extends Tree.Tree>(
  { rows }: Design<P>,
  operator: Operator,
  inputs: InputsOfDesign,
  beta: number,
  solvedInputs: SingleFactor['solvedInputs'],
): Tensor =>
  scope(() => {
    const t = solvedInputs(inputs);
    const { d, image, slope, perCurvature } = meanDirection(operator, rows, beta);
    const c = perCurvature(sub(image, matMul(slope, t)));
    return addOuter(t, transpose(d), c);
  });

/**
 * V by the columns of A and a factor of AAᵀ + βI. `undefined` if A has more columns than units, or
 * does not lie in memory.
 */
export const solveByColumns = <P extends Tree.Tree>(
  { design, h, beta }: RidgeSystem<P>,
  { solvedInputs }: SingleFactor,
): P | undefined => {
  const { inputs, operator, columns, units, shared } = design;
  if (inputs === undefined || operator === undefined || columns > units) return undefined;
  const make = (): Tensor => columnsSolved(design, operator, inputs, beta, solvedInputs);
  return scope(() => throughOf(design, h, shared?.tensor(`(AAᵀ + ${beta})⁻¹A`, make) ?? make()));
};
