/**
 * The measurement of combinations of units (`measure.ts`), if reads do not stall. They are a few
 * thousand numbers, and a kernel for each of the sixty operations on them would take longer than the
 * sums. Two kernels that some backends have do all of it but the products by A.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { scope } from '../core';
import { runOwnForOne } from '../ops';
import { type Operator } from './operator';
import { PERIOD, signs } from './sketch';

/** Combinations [m, rows] of H, [m, columns] of V, and of AᵀH if it is known. */
export interface Combinations {
  readonly held: Tensor;
  readonly v: Tensor;
  readonly right?: Tensor;
}

/** ‖Aᵀ·miss‖ is known to `rounding` times what its terms come to if none cancel. */
export interface Known {
  readonly beta: number;
  readonly rounding: number;
}

const SIGNS = signs(PERIOD);

/**
 * For combinations H [m, rows] and V [m, columns] of units, with sums in float64 by
 * `SketchMisses` and `SketchNorms`, which the current backend needs:
 *
 *     residual = (‖Aᵀ(H − A·V) − βV‖ + rounding·‖Aᵀt‖) / ‖AᵀH‖
 *     length   = ⟨A·V, H⟩ / (‖A·V‖² + β‖V‖²)
 *
 * t has for each row what |H| + |H − A·V| sums to over the combinations, divided by √m, with a sign.
 */
export const measuredAtOnce = (
  { apply, adjoint }: Pick<Operator, 'apply' | 'adjoint'>,
  { held, v, right }: Combinations,
  { beta, rounding }: Known,
): { readonly residual: number; readonly length: number } =>
  scope(() => {
    const image = apply(v);
    const operands = { held, image, signs: tensor(SIGNS) };
    const sums = adjoint(runOwnForOne('SketchMisses', operands, { both: right === undefined ? 1 : 0 }));
    const facts = runOwnForOne(
      'SketchNorms',
      { sums, v, held, image, right: right ?? sums },
      { known: right === undefined ? 0 : 1, beta, rounding },
    );
    const [residual = Number.NaN, length = Number.NaN] = facts.dataSync();
    return { residual, length };
  });
