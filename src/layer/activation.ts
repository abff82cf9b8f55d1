/** Elementwise layers without parameters. Each takes the shape of one example, or a number for `[n]`. */
import { relu as tfRelu, sigmoid as tfSigmoid, tanh as tfTanh, type Tensor } from '@tensorflow/tfjs-core';
import { type Shape, type Tree } from '../core';
import { type Layer, layer } from './layer';

/** A shape, or a number n that stands for the shape `[n]`. */
export type Size = number | Shape;
export type ShapeOf<S extends Size> = S extends number ? readonly [S] : S extends Shape ? S : never;

/** An elementwise layer. */
export type Activation<S extends Size> = Layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>;

const shapeOf = <S extends Size>(size: S): ShapeOf<S> => {
  const shape: Shape = typeof size === 'number' ? [size] : size;
  // TypeScript does not narrow a conditional type by the test above; the line before is its definition.
  return shape as ShapeOf<S>;
};

/** An elementwise layer from its function: `y = f(x)`, the shape unchanged, nothing to learn. */
export const elementwise =
  (name: string, f: (x: Tensor) => Tensor) =>
  <const S extends Size>(size: S): Activation<S> =>
    layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>({
      name,
      input: shapeOf(size),
      output: shapeOf(size),
      init: () => ({}),
      forward: (_, x) => f(x),
    });

/** `max(x, 0)`; its derivative at 0 is taken to be 0. */
export const relu = elementwise('relu', tfRelu);

/** `tanh x`. */
export const tanh = elementwise('tanh', tfTanh);

/** `1 / (1 + e^−x)`. */
export const sigmoid = elementwise('sigmoid', tfSigmoid);

/** `x`: the unit of `chain`, as a layer. */
export const identity = elementwise('identity', (x) => x.clone());
