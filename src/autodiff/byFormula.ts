/** Functions of single numbers from a formula, with all derivatives. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { Formula, hasKernel, real } from '../ops';
import { rematerialised } from './rematerialised';

const first = ([y]: readonly Tensor[]): Tensor => y ?? fail('shape', 'byFormula', 'a result', 'none');

/**
 * A formula, applied to each number of a tensor. It and its derivatives, of any order, take one
 * pass over the numbers each if the backend has a kernel for formulas (`wasm`), and tfjs's ops
 * otherwise. A recording keeps only x:
 *
 *     y = f(x),   x̄ = ȳ ⊙ f′(x),   all with the shape of x
 *
 * @param f the formula, as a function of the number. Where it has a kink, see `Formula`
 * @returns the function of tensors, whose result you dispose of. It throws a `Fault` (`shape`) if the
 *   formula has another input than its number, or more operations than the kernel takes
 *
 * @example
 * const softsign = byFormula((x) => Formula.div(x, Formula.affine(Formula.abs(x), 1, 1)));
 * const activation = elementwise('softsign', softsign);
 */
export const byFormula = (f: (x: Formula.Formula) => Formula.Formula): ((x: Tensor) => Tensor) => {
  const program = Formula.programOf([f(Formula.input(0))], 1);
  const value = (x: Tensor): Tensor => first(Formula.evaluateProgram(program, [x]));
  const byOps = rematerialised(value);
  return (x) => (hasKernel('Formula') ? value(real(x)) : byOps(x));
};
