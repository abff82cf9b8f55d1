/**
 * Shapes: the form of one example. A shape never contains the batch axis; a batch of shape `[3, 4]`
 * is a tensor `[N, 3, 4]`.
 *
 * Types hold shapes as far as they are literal. A shape that is known only at run time has the type
 * `number[]`, or holds `number` in place of a literal. The compiler then lets it pass, and `chain`
 * checks it at run time.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';

/** The shape of one example, without the batch axis. `[]` is a scalar per example. */
export type Shape = readonly number[];

declare const shapeOf: unique symbol;

/**
 * A tensor `[N, ...S]`: a batch of N examples of shape `S`. The mark exists for the compiler only:
 * every plain tensor may be used as a `Batch`, but a `Batch<[3]>` is not a `Batch<[4]>`.
 */
export type Batch<S extends Shape = Shape> = Tensor & { readonly [shapeOf]?: S };

type Dims<S extends Shape> = S extends readonly []
  ? ''
  : S extends readonly [infer A extends number]
    ? `${A}`
    : S extends readonly [infer A extends number, ...infer R extends Shape]
      ? `${A}, ${Dims<R>}`
      : 'number[]';

/** A shape as text at the type level: `[28, 28]`. */
export type ShowShape<S extends Shape> = `[${Dims<S>}]`;

type FitDim<A extends number, B extends number> = number extends A
  ? true
  : number extends B
    ? true
    : [A, B] extends [B, A]
      ? true
      : false;

/**
 * Whether a shape `A` fits where `B` is expected: `true` if the literals agree, and wherever one
 * side is known only at run time.
 */
export type Fits<A extends Shape, B extends Shape> = number extends A['length']
  ? true
  : number extends B['length']
    ? true
    : A extends readonly [infer A0 extends number, ...infer AR extends Shape]
      ? B extends readonly [infer B0 extends number, ...infer BR extends Shape]
        ? FitDim<A0, B0> extends true
          ? Fits<AR, BR>
          : false
        : false
      : B extends readonly []
        ? true
        : false;

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Number of values in one example; 1 for `[]`. */
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/**
 * Checks at run time that a tensor is a batch of the given shape. It throws a `Fault` that names
 * `path` otherwise.
 */
export const checkBatch = <S extends Shape>(path: string, shape: S, x: Tensor): Batch<S> =>
  x.rank >= 1 && sameShape(x.shape.slice(1), shape)
    ? x
    : fail(
        'shape',
        path,
        `a batch [N${shape.map((d) => `, ${d}`).join('')}]`,
        `a tensor ${showShape(x.shape)}`,
      );

/** Every dimension a whole number of at least 1, or a `Fault` naming `path`. */
export const checkShape = <S extends Shape>(path: string, shape: S): S =>
  shape.every((dim) => Number.isSafeInteger(dim) && dim >= 1)
    ? shape
    : fail('shape', path, 'dimensions that are whole numbers of at least 1', showShape(shape));
