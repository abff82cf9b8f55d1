/** Layers without parameters that keep the shape. Each takes the shape of one example, or a number for `[n]`. */
import {
  add,
  elu as tfElu,
  erf,
  leakyRelu as tfLeakyRelu,
  mul,
  relu as tfRelu,
  sigmoid as tfSigmoid,
  softmax as tfSoftmax,
  softplus as tfSoftplus,
  tanh as tfTanh,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type Shape, type Tree } from '../core';
import { type Layer, layer } from './layer';

/** A shape, or a number n that stands for the shape `[n]`. */
export type Size = number | Shape;
export type ShapeOf<S extends Size> = S extends number ? readonly [S] : S extends Shape ? S : never;

/** An elementwise layer. */
export type Activation<S extends Size> = Layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>;

export const shapeOf = <S extends Size>(size: S): ShapeOf<S> => {
  const shape: Shape = typeof size === 'number' ? [size] : size;
  // TypeScript does not narrow a conditional type by the test above; the line before is its definition.
  return shape as ShapeOf<S>;
};

/** A layer from a function that keeps the shape of a batch: `y = f(x)`, nothing to learn. */
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

/** `x` for x > 0, `slope·x` elsewhere (Maas et al. 2013). */
export const leakyRelu = <const S extends Size>(size: S, slope = 0.01): Activation<S> =>
  elementwise('leakyRelu', (x) => tfLeakyRelu(x, slope))(size);

/** `x` for x > 0, `eˣ − 1` elsewhere (Clevert et al. 2016). */
export const elu = elementwise('elu', tfElu);

/** `x·Φ(x) = x/2·(1 + erf(x/√2))`, Φ the normal distribution (Hendrycks and Gimpel 2016); exact, not by tanh. */
export const gelu = elementwise('gelu', (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)));

/** `x·sigmoid(x)`, also called swish. */
export const silu = elementwise('silu', (x) => mul(x, tfSigmoid(x)));

/** `log(1 + eˣ)`. */
export const softplus = elementwise('softplus', tfSoftplus);

/** `eˣⁱ / Σ_j eˣʲ` along the last axis. */
export const softmax = elementwise('softmax', (x) => tfSoftmax(x, -1));

/** `x`: the unit of `chain`, as a layer. */
export const identity = elementwise('identity', (x) => x.clone());
