/**
 * Sums of products over named axes, made of ops that have gradients of every order on every
 * backend.
 */
import { matMul, mul, reshape, sum, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { checkStarted, checkTensor, fail, scope, showShape } from '../core';
import { type Equation, equationName, parseEquation } from './equation';

/** A tensor with a letter for each of its axes. */
interface Named {
  readonly x: Tensor;
  readonly axes: string;
}

type Sizes = ReadonlyMap<string, number>;

/** The letters of `a` that pass a test, in order. */
const those = (a: string, test: (letter: string) => boolean): string => [...a].filter(test).join('');

const sizeOfAxes = (axes: string, sizes: Sizes): number =>
  [...axes].reduce((product, letter) => product * (sizes.get(letter) ?? 1), 1);

/** The tensor summed over the axes that nothing else needs. */
const summed = ({ x, axes }: Named, needed: (letter: string) => boolean): Named => {
  const gone = [...axes].flatMap((letter, i) => (needed(letter) ? [] : [i]));
  return gone.length === 0 ? { x, axes } : { x: sum(x, gone), axes: those(axes, needed) };
};

/** The tensor with its axes in another order. */
const ordered = ({ x, axes }: Named, order: string): Tensor =>
  axes === order
    ? x
    : transpose(
        x,
        [...order].map((letter) => axes.indexOf(letter)),
      );

/**
 * A·B of matrices [batch, rows, inner] and [batch, inner, columns], each of which may be stored
 * transposed.
 */
const product = (
  a: Named,
  b: Named,
  parts: { readonly batch: string; readonly left: string; readonly inner: string; readonly right: string },
  sizes: Sizes,
): Tensor => {
  const { batch, left, inner, right } = parts;
  const matrices = (one: Named, order: string, first: string, second: string): Tensor =>
    reshape(
      ordered(one, order),
      [batch, first, second].map((axes) => sizeOfAxes(axes, sizes)),
    );
  const transposedA = a.axes === batch + inner + left;
  const transposedB = b.axes === batch + right + inner;
  return matMul(
    transposedA ? matrices(a, a.axes, inner, left) : matrices(a, batch + left + inner, left, inner),
    transposedB ? matrices(b, b.axes, right, inner) : matrices(b, batch + inner + right, inner, right),
    transposedA,
    transposedB,
  );
};

/** The product of two tensors, summed over the axes that nothing else needs. */
const joined = (a: Named, b: Named, needed: (letter: string) => boolean, sizes: Sizes): Named => {
  const [x, y] = [
    summed(a, (letter) => needed(letter) || b.axes.includes(letter)),
    summed(b, (letter) => needed(letter) || a.axes.includes(letter)),
  ];
  const both = those(x.axes, (letter) => y.axes.includes(letter));
  const batch = those(both, needed);
  const inner = those(both, (letter) => !needed(letter));
  const left = those(x.axes, (letter) => !both.includes(letter));
  const right = those(y.axes, (letter) => !both.includes(letter));
  const axes = batch + left + right;
  const [n, l, r] = [batch, left, right].map((part) => sizeOfAxes(part, sizes));
  // Without a sum, matrices of one row and one column each would be slow.
  const value =
    inner === ''
      ? mul(
          reshape(ordered(x, batch + left), [n ?? 1, l ?? 1, 1]),
          reshape(ordered(y, batch + right), [n ?? 1, 1, r ?? 1]),
        )
      : product(x, y, { batch, left, inner, right }, sizes);
  return {
    x: reshape(
      value,
      [...axes].map((letter) => sizes.get(letter) ?? 1),
    ),
    axes,
  };
};

/** The size of each axis. Throws a `Fault` if a tensor does not fit its operand. */
const sizesOf = (equation: string, { operands }: Equation, tensors: readonly Tensor[]): Sizes => {
  const name = equationName(equation);
  if (operands.length !== tensors.length)
    fail('options', name, `${operands.length} tensors, one for each operand`, `${tensors.length}`);
  const sizes = new Map<string, number>();
  tensors.forEach((x, i) => {
    const axes = operands[i] ?? '';
    const place = `${name}, operand ${i + 1}`;
    checkTensor(place, x, 'float32');
    if (x.rank !== axes.length)
      fail(
        'shape',
        place,
        `a tensor of ${axes.length} axes, ${axes === '' ? 'a scalar' : axes}`,
        `a tensor ${showShape(x.shape)}`,
      );
    [...axes].forEach((letter, axis) => {
      const [before, found] = [sizes.get(letter), x.shape[axis] ?? 1];
      if (before !== undefined && before !== found)
        fail('shape', `${place}, axis ${letter}`, `size ${before}, as before`, `size ${found}`);
      sizes.set(letter, found);
    });
  });
  return sizes;
};

/**
 * The sum of products over named axes (Einstein summation). The equation has a letter for each axis
 * of each operand, and after the arrow those of the output. Axes that the output does not name are
 * summed over:
 *
 *     einsum('bij,bjk->bik', x, y)[b, i, k] = Σ_j x[b, i, j] · y[b, j, k]
 *
 * It takes any number of float32 operands with any axes; `''` stands for a scalar, as in `i,->i`.
 * Operands are joined from left to right, each pair by one matrix product, or by an elementwise
 * product if nothing is summed over. So put operands first whose product is small. Gradients of
 * every order exist. It does not accept equations without an arrow, a letter twice in one operand
 * (diagonals), an ellipsis, or broadcasting from size 1. You dispose of the result.
 *
 * `equation` names the axes of `tensors`, one group of letters for each of them.
 *
 * Throws a `Fault` with tag `options` that names the character if the equation cannot be read,
 * `options`, `shape` or `data` that names the operand if a tensor does not fit the equation or is
 * none, and `memory` for a freed tensor.
 *
 * @example
 * const scores = einsum('bqd,bkd->bqk', queries, keys); // of attention: [batch, queries, keys]
 */
export const einsum = (equation: string, ...tensors: readonly Tensor[]): Tensor => {
  checkStarted();
  const parsed = parseEquation(equation);
  const { operands, output } = parsed;
  const sizes = sizesOf(equation, parsed, tensors);
  return scope(() => {
    const named = tensors.map((x, i): Named => ({ x, axes: operands[i] ?? '' }));
    const whole = named.reduce((before, next, i) =>
      joined(
        before,
        next,
        (letter) => output.includes(letter) || operands.slice(i + 1).some((later) => later.includes(letter)),
        sizes,
      ),
    );
    const value = ordered(
      summed(whole, (letter) => output.includes(letter)),
      output,
    );
    // A new tensor, even if nothing had to be done.
    return value === tensors[0] ? value.clone() : value;
  });
};
