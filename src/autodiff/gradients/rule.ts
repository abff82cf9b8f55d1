/**
 * The form of a gradient: a rule from the cotangent of the output to the cotangents of the inputs,
 * using tensors that the tape saved. Each rule consists of differentiable ops itself, so second
 * derivatives are right. It returns new tensors, never the cotangent itself.
 */
import {
  broadcast_util,
  type GradConfig,
  mul,
  type NamedAttrMap,
  reshape,
  sum,
  Tensor,
  util,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail } from '../../core';

export type GradientRule = GradConfig;

type Attribute = NamedAttrMap[string] | undefined;

const one = (dy: Tensor | Tensor[]): Tensor =>
  dy instanceof Tensor ? dy : fail('gradient', 'rule', 'one cotangent', `${dy.length}`);

/** The i-th tensor that the tape saved: the inputs named in `saves`, then the outputs. */
export const saved = (tensors: readonly Tensor[], i: number): Tensor =>
  tensors[i] ?? fail('gradient', 'rule', `a saved tensor ${i}`, 'none');

/** A rule for an op with one output. */
export const rule = (
  kernelName: string,
  inputsToSave: string[],
  inputs: (dy: Tensor, kept: readonly Tensor[], attrs: NamedAttrMap) => Record<string, () => Tensor>,
): GradientRule => ({
  kernelName,
  inputsToSave,
  gradFunc: (dy, kept, attrs) => inputs(one(dy), kept, attrs),
});

/** An elementwise op of `x` with the given derivative f'(x): `dx = dy · f'(x)`. */
export const unary = (
  kernelName: string,
  derivative: (x: Tensor, attrs: NamedAttrMap) => Tensor,
): GradientRule =>
  rule(kernelName, ['x'], (dy, kept, attrs) => ({ x: () => mul(dy, derivative(saved(kept, 0), attrs)) }));

/**
 * An elementwise op whose derivative is simplest in its output y = f(x): `dx = dy · f'`, saving y
 * only.
 */
export const unaryByOutput = (kernelName: string, derivative: (y: Tensor) => Tensor): GradientRule => ({
  kernelName,
  outputsToSave: [true],
  gradFunc: (dy, kept) => ({ x: () => mul(one(dy), derivative(saved(kept, 0))) }),
});

/** An op whose derivative is zero almost everywhere. */
export const flat = (kernelName: string): GradientRule =>
  rule(kernelName, [], (dy) => ({ x: () => zerosLike(dy) }));

/**
 * The adjoint of broadcasting: sum a cotangent down to the shape of the operand that was broadcast.
 */
export const unbroadcast = (dy: Tensor, shape: number[]): Tensor => {
  const axes = broadcast_util.getReductionAxes(shape, dy.shape);
  return reshape(axes.length === 0 ? dy : sum(dy, axes), shape);
};

/** A broadcasting elementwise op of `a` and `b`, with both partial derivatives times dy. */
export const binary = (
  kernelName: string,
  da: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
  db: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
): GradientRule =>
  rule(kernelName, ['a', 'b'], (dy, kept) => {
    const a = saved(kept, 0);
    const b = saved(kept, 1);
    return { a: () => unbroadcast(da(dy, a, b), a.shape), b: () => unbroadcast(db(dy, a, b), b.shape) };
  });

/** A numeric attribute, or its default. */
export const numberAttr = (attribute: Attribute, otherwise: number): number =>
  typeof attribute === 'number' ? attribute : otherwise;

/** Whether a flag is set. */
export const flagAttr = (attribute: Attribute): boolean => attribute === true;

/** A list of whole numbers; one number stands for a list of one. */
export const numbersAttr = (attribute: Attribute): number[] =>
  typeof attribute === 'number'
    ? [attribute]
    : Array.isArray(attribute)
      ? attribute.filter((x) => typeof x === 'number')
      : [];

/** The axes that an attribute names, counted from the front; all axes if it names none. */
export const axesAttr = (attribute: Attribute, shape: readonly number[]): number[] =>
  attribute == null ? shape.map((_, axis) => axis) : util.parseAxisParam(numbersAttr(attribute), [...shape]);

/** The permutation that undoes another. */
export const inversePermutation = (perm: readonly number[]): number[] => perm.map((_, i) => perm.indexOf(i));
