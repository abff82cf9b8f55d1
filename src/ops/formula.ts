/**
 * Formulas of single numbers, applied to all numbers of tensors of one shape: the arithmetic of an
 * optimizer or an activation. As a value, a formula runs in one pass over the tensors if the
 * backend has a kernel for it, and by tfjs's ops otherwise.
 *
 * The pull-back of a formula is a formula again (`pullback.ts`), so that it has derivatives of every
 * order. At kinks, `max` and `min` pass the cotangent to `a` if the two are equal, and abs′(0) = 0.
 * If an operand is NaN, the result is NaN. A constant c is `affine(x, 0, c)`, which is NaN if x is
 * not finite.
 */
import {
  abs as absTensor,
  add as addTensors,
  div as divTensors,
  engine,
  erf as erfTensor,
  exp as expTensor,
  fill,
  greater,
  isNaN as isNaNTensor,
  maximum,
  minimum,
  mul as mulTensors,
  sigmoid,
  sign as signTensor,
  sqrt as sqrtTensor,
  sub as subTensors,
  type Tensor,
  where as whereTensors,
} from '@tensorflow/tfjs-core';
import { fail, scope } from '../core';
import { hasKernel, runOwn } from './kernel';
import { type UnaryOperation, type BinaryOperation, type Operation, type Program } from './program';

export { type Operation, type Program };

/**
 * An expression in the numbers that a transform gets: the direction, the parameters, moments and
 * scalars of the step.
 */
export type Formula =
  | { readonly op: 'input'; readonly index: number }
  | { readonly op: BinaryOperation; readonly a: Formula; readonly b: Formula }
  | { readonly op: UnaryOperation; readonly a: Formula }
  | { readonly op: 'where'; readonly a: Formula; readonly b: Formula; readonly c: Formula }
  | { readonly op: 'affine'; readonly a: Formula; readonly factor: number; readonly addend: number };

/**
 * The number of the input tensor with that index, from 0.
 *
 * @example add(input(0), input(1)) // the sum of two tensors
 */
export const input = (index: number): Formula => ({ op: 'input', index });
/**
 * The sum of two formulas, a + b.
 *
 * @example add(a, b)
 */
export const add = (a: Formula, b: Formula): Formula => ({ op: 'add', a, b });
/**
 * The difference of two formulas, a − b.
 *
 * @example sub(a, b)
 */
export const sub = (a: Formula, b: Formula): Formula => ({ op: 'sub', a, b });
/**
 * The product of two formulas, a·b.
 *
 * @example mul(a, b)
 */
export const mul = (a: Formula, b: Formula): Formula => ({ op: 'mul', a, b });
/**
 * a/b; infinite or NaN if b is 0.
 *
 * @example div(a, sqrt(b))
 */
export const div = (a: Formula, b: Formula): Formula => ({ op: 'div', a, b });
/**
 * √a; NaN if a is negative.
 *
 * @example sqrt(affine(mul(a, a), 1, 1e-8))
 */
export const sqrt = (a: Formula): Formula => ({ op: 'sqrt', a });
/**
 * The absolute value of a formula, |a|.
 *
 * @example abs(a)
 */
export const abs = (a: Formula): Formula => ({ op: 'abs', a });
/**
 * −1, 0 or 1, with the sign of a; 0 at 0.
 *
 * @example sign(a)
 */
export const sign = (a: Formula): Formula => ({ op: 'sign', a });
/**
 * The exponential of a formula, e^a.
 *
 * @example exp(affine(mul(a, a), -0.5)) // e^(−a²/2)
 */
export const exp = (a: Formula): Formula => ({ op: 'exp', a });
/**
 * The error function of a formula, erf a = 2/√π·∫₀ᵃ e^(−t²) dt.
 *
 * @example affine(erf(affine(a, Math.SQRT1_2)), 0.5, 0.5) // Φ(a), the normal distribution function
 */
export const erf = (a: Formula): Formula => ({ op: 'erf', a });
/**
 * The logistic function of a formula, 1/(1 + e⁻ᵃ).
 *
 * @example mul(a, logistic(a)) // SiLU
 */
export const logistic = (a: Formula): Formula => ({ op: 'logistic', a });
/**
 * The larger of a and b.
 *
 * @example max(a, b)
 */
export const max = (a: Formula, b: Formula): Formula => ({ op: 'max', a, b });
/**
 * The smaller of a and b.
 *
 * @example min(a, b)
 */
export const min = (a: Formula, b: Formula): Formula => ({ op: 'min', a, b });
/**
 * `a` if condition > 0, `b` if condition ≤ 0, NaN if the condition is NaN. A NaN in the operand
 * that is not chosen is ignored.
 *
 * @example where(a, b, affine(b, 0.01))
 */
export const where = (condition: Formula, a: Formula, b: Formula): Formula => ({
  op: 'where',
  a,
  b,
  c: condition,
});
/**
 * The affine function factor·a + addend.
 *
 * @example affine(a, 0.9, 0.1)
 */
export const affine = (a: Formula, factor: number, addend = 0): Formula => ({
  op: 'affine',
  a,
  factor,
  addend,
});

/**
 * The operations of several formulas of `inputs` tensors, in order. Shared subexpressions,
 * identical as objects, are computed once.
 *
 * @example programOf([add(a, b), mul(a, b)], 2).results.length // 2
 */
export const programOf = (formulas: readonly Formula[], inputs: number): Program => {
  const registers = new Map<Formula, number>();
  const operations: Operation[] = [];
  const registerOf = (formula: Formula): number => {
    if (formula.op === 'input') return formula.index;
    const known = registers.get(formula);
    if (known !== undefined) return known;
    const a = registerOf(formula.a);
    const b = 'b' in formula ? registerOf(formula.b) : a;
    const c = 'c' in formula ? registerOf(formula.c) : a;
    const { factor, addend } = formula.op === 'affine' ? formula : { factor: 1, addend: 0 };
    const register = inputs + operations.push({ op: formula.op, a, b, c, factor, addend }) - 1;
    registers.set(formula, register);
    return register;
  };
  const results = formulas.map(registerOf);
  return { inputs, operations, results };
};

/** A number with all digits of the backend: tfjs rounds one that it is given to float32. */
const constant = (value: number): Tensor | number => (Math.fround(value) === value ? value : fill([], value));

const compute = ({ op, factor, addend }: Operation, a: Tensor, b: Tensor, c: Tensor): Tensor => {
  switch (op) {
    case 'add':
      return addTensors(a, b);
    case 'sub':
      return subTensors(a, b);
    case 'mul':
      return mulTensors(a, b);
    case 'div':
      return divTensors(a, b);
    case 'sqrt':
      return sqrtTensor(a);
    case 'abs':
      return absTensor(a);
    case 'sign':
      return signTensor(a);
    case 'exp':
      return expTensor(a);
    case 'erf':
      return erfTensor(a);
    case 'logistic':
      return sigmoid(a);
    case 'max':
      return maximum(a, b);
    case 'min':
      return minimum(a, b);
    case 'where':
      return whereTensors(isNaNTensor(c), c, whereTensors(greater(c, 0), a, b));
    case 'affine': {
      const times = factor === 1 ? a : mulTensors(a, constant(factor));
      return addend === 0 ? times : addTensors(times, constant(addend));
    }
    default:
      return op satisfies never;
  }
};

/** Runs a program by tfjs's ops, one after the other. */
const byOps = ({ operations, results }: Program, inputs: readonly Tensor[]): readonly Tensor[] =>
  scope(() => {
    const registers = [...inputs];
    const at = (i: number): Tensor =>
      registers[i] ?? fail('shape', 'formula', `${i + 1} tensors`, `${inputs.length}`);
    for (const operation of operations)
      registers.push(compute(operation, at(operation.a), at(operation.b), at(operation.c)));
    // Results are distinct tensors: an input, or a result that occurs twice, is copied.
    return results.map((register, i) =>
      register < inputs.length || results.indexOf(register) < i ? at(register).clone() : at(register),
    );
  });

/**
 * Applies formulas to tensors of one shape, and returns one tensor for each formula, which you
 * dispose of. A result may reuse the memory of an input: `over` names, for each result, the index
 * of the input that you give up for it, or `undefined`. You must not use these inputs afterwards,
 * even if the backend does not reuse their memory, as inside a recording: they are freed. Throws a `Fault` with tag
 * `shape` if a formula names an input that is missing.
 *
 * @example
 * evaluate([add(input(0), input(1))], [tensor1d([1, 2]), tensor1d([3, 4])]) // a tensor [4, 6]
 */
export const evaluate = (
  formulas: readonly Formula[],
  inputs: readonly Tensor[],
  over: readonly (number | undefined)[] = [],
): readonly Tensor[] => evaluateProgram(programOf(formulas, inputs.length), inputs, over);

/**
 * Applies a `program` that `programOf` has made, as `evaluate` does: one program serves tensors of
 * any shape. `inputs` are the tensors of its inputs, and `over` names those that you give up. Throws
 * a `Fault` with tag `shape` as `evaluate` does.
 *
 * @example
 * const program = programOf([add(input(0), input(1))], 2);
 * evaluateProgram(program, [tensor1d([1, 2]), tensor1d([3, 4])]) // a tensor [4, 6]
 */
export const evaluateProgram = (
  program: Program,
  inputs: readonly Tensor[],
  over: readonly (number | undefined)[] = [],
): readonly Tensor[] => {
  const given = program.results.map((_, i) => over[i] ?? -1);
  const results = hasKernel('Formula')
    ? // A recording keeps the inputs, whose memory no result may then have.
      runOwn('Formula', inputs, { program, over: engine().state.gradientDepth > 0 ? [] : given })
    : byOps(program, inputs);
  for (const i of given) inputs[i]?.dispose();
  return results;
};
