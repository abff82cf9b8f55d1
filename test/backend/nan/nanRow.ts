/**
 * What a row of the table of NaN is: an op that a NaN goes into, with where it has to come out.
 *
 * Shapes are such that kernels meet whole blocks of four and sixteen numbers, and what is left over.
 */
import * as tf from '@tensorflow/tfjs-core';
import { gradientOf } from '../../../src/internal';

/**
 * `same`: at the same place and nowhere else; `all`: everywhere; `some`: where the float64 reference has it, which is somewhere;
 * `least`: there at least. (Kernels that see padding as zeros make NaN of 0 · NaN there.)
 */
export type Reach = 'same' | 'all' | 'some' | 'least';

export interface NanRow {
  readonly name: string;
  /** The kernel that the row is about; `composed` where there are several. */
  readonly kernel: string;
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...xs: readonly tf.Tensor[]) => tf.Tensor;
  readonly reach: Reach;
  /** All other numbers lie around it. Default 0.5; −0.5 for `Prelu`, which looks at its slope below 0 alone. */
  readonly around?: number;
}

export type Unary = (x: tf.Tensor) => tf.Tensor;
export type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

export const none = (): never => {
  throw new RangeError('a row has as many shapes as its function takes');
};
export const takes1 =
  (f: Unary): NanRow['f'] =>
  (x = none()) =>
    f(x);
export const takes2 =
  (f: Binary): NanRow['f'] =>
  (a = none(), b = none()) =>
    f(a, b);

export const LENGTH = 35;

/** ∂/∂x of Σ f(x)·w with weights w that differ, none zero: the cotangent reaches every number. */
export const gradient =
  (f: Unary): Unary =>
  (x) =>
    gradientOf(
      (p: { readonly x: tf.Tensor }) => {
        const y = f(p.x);
        return tf.sum(tf.mul(y, tf.reshape(tf.linspace(1, 2, y.size), y.shape)));
      },
      { x },
    ).gradient.x;

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Jᵀ·u at x. */
export const alongCotangent = (f: Unary, x: tf.Tensor, u: tf.Tensor): tf.Tensor =>
  gradientOf((p: { readonly x: tf.Tensor }) => tf.sum(tf.mul(f(p.x), u)), { x }).gradient.x;

/** Its derivative along x itself: what second derivatives are made of. */
export const twice = (f: Unary): Unary => gradient((x) => tf.mul(gradient(f)(x), x));
