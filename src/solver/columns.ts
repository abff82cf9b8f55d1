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
import { matMul } from '@tensorflow/tfjs-core';
import { fail, scope, type Tree } from '../core';
import { type RidgeSystem } from './operator';
import { type ReflectedDual } from './single';

/** V by the columns of A. `undefined` if A has more columns than units. */
export const solveByColumns = <P extends Tree.Tree>(
  { design, h, beta }: RidgeSystem<P>,
  { columns, joined }: ReflectedDual<P>,
): P | undefined => {
  if (design.columns > design.units) return undefined;
  return scope(() => {
    const t = design.shared?.tensors(`(AAᵀ + ${beta})⁻¹A`, columns) ?? columns();
    const units = design.toUnits(h);
    const [most, last] = t.map((some) => matMul(units, some, false, true));
    return most === undefined ? fail('solver', 'T', 'the columns of A', 'none') : joined(most, last);
  });
};
