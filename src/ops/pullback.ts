/** The pull-back of a program of formulas is a program itself: derivatives of every order are one pass over the numbers. */
import { add, affine, div, exp, type Formula, input, mul, programOf, sign, sub, where } from './formula';
import { isBinary, type Operation, type Program } from './program';

/** What an operation passes on to its operands, for its result y and the cotangent d of y. */
interface Shares {
  readonly a?: Formula;
  readonly b?: Formula;
}

const sharesOf = (
  { op, factor }: Operation,
  [a, b, c]: readonly [Formula, Formula, Formula],
  y: Formula,
  d: Formula,
): Shares => {
  const nothing = affine(d, 0);
  switch (op) {
    case 'add':
      return { a: d, b: d };
    case 'sub':
      return { a: d, b: affine(d, -1) };
    case 'mul':
      return { a: mul(d, b), b: mul(d, a) };
    case 'div': {
      const share = div(d, b);
      return { a: share, b: affine(mul(share, y), -1) };
    }
    case 'max': {
      const second = sub(b, a);
      return { a: where(second, nothing, d), b: where(second, d, nothing) };
    }
    case 'min': {
      const second = sub(a, b);
      return { a: where(second, nothing, d), b: where(second, d, nothing) };
    }
    case 'where':
      return { a: where(c, d, nothing), b: where(c, nothing, d) };
    case 'affine':
      return { a: factor === 1 ? d : affine(d, factor) };
    case 'sqrt':
      return { a: div(affine(d, 0.5), y) };
    case 'abs':
      return { a: mul(d, sign(a)) };
    case 'sign':
      return {};
    case 'exp':
      return { a: mul(d, y) };
    case 'erf':
      return { a: mul(d, affine(exp(affine(mul(a, a), -1)), 2 / Math.sqrt(Math.PI))) };
    case 'logistic':
      return { a: mul(d, mul(y, affine(y, -1, 1))) };
    default:
      return op satisfies never;
  }
};

const derived = ({ inputs, operations, results }: Program): Program => {
  const values = Array.from({ length: inputs }, (_, i) => input(i));
  const at = (register: number): Formula => values[register] ?? input(register);
  for (const operation of operations) {
    const { op, factor, addend } = operation;
    const [a, b, c] = [at(operation.a), at(operation.b), at(operation.c)];
    values.push(
      op === 'affine'
        ? { op, a, factor, addend }
        : op === 'where'
          ? { op, a, b, c }
          : isBinary(op)
            ? { op, a, b }
            : { op, a },
    );
  }
  const cotangents = new Map<number, Formula>();
  const receive = (register: number, share: Formula | undefined): void => {
    const before = cotangents.get(register);
    if (share !== undefined) cotangents.set(register, before === undefined ? share : add(before, share));
  };
  results.forEach((register, j) => {
    receive(register, input(inputs + j));
  });
  for (const [i, operation] of [...operations.entries()].reverse()) {
    const d = cotangents.get(inputs + i);
    if (d === undefined) continue;
    const operands = [at(operation.a), at(operation.b), at(operation.c)] as const;
    const { a, b } = sharesOf(operation, operands, at(inputs + i), d);
    receive(operation.a, a);
    receive(operation.b, b);
  }
  const all = values.slice(0, inputs).map((_, i) => cotangents.get(i) ?? affine(input(inputs), 0));
  return programOf(all, inputs + results.length);
};

const known = new WeakMap<Program, Program>();

/**
 * The program of the cotangents x̄ of all inputs of another, a function of its inputs x, then of the cotangents ȳ of its results:
 *
 *     x̄_i = Σ_j ȳ_j·∂y_j/∂x_i
 *
 * It is made once for each program, and so are the kernels' words of it.
 */
export const pullbackOf = (program: Program): Program => {
  const found = known.get(program) ?? derived(program);
  known.set(program, found);
  return found;
};
