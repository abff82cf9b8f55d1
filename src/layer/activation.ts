/** Layers without parameters that keep the shape. Each takes the shape of one example, or a number for `[n]`. */
import {
  add,
  div,
  elu as tfElu,
  erf,
  exp,
  leakyRelu as tfLeakyRelu,
  lessEqual,
  minimum,
  mul,
  relu as tfRelu,
  sigmoid as tfSigmoid,
  softmax as tfSoftmax,
  softplus as tfSoftplus,
  square,
  squaredDifference,
  sub,
  tanh as tfTanh,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { withDerivative } from '../autodiff';
import { scope, type Shape, type Tree } from '../core';
import { type Elementwise, type Layer, layer } from './layer';

/** A shape, or a number n that stands for the shape `[n]`. */
export type Size = number | Shape;
/** A size as a shape: a number n is the shape [n]. */
export type ShapeOf<S extends Size> = S extends number ? readonly [S] : S extends Shape ? S : never;

/** An elementwise layer. */
export type Activation<S extends Size> = Layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>;

export const shapeOf = <S extends Size>(size: S): ShapeOf<S> => {
  const shape: Shape = typeof size === 'number' ? [size] : size;
  // TypeScript does not narrow a conditional type by the test above; the line before is its definition.
  return shape as ShapeOf<S>;
};

/** A layer from a function that keeps the shape of a batch: `y = f(x)`, nothing to learn. */
const shapeKeeping =
  (name: string, f: (x: Tensor) => Tensor, each?: Elementwise) =>
  <const S extends Size>(size: S): Activation<S> =>
    layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>({
      name,
      input: shapeOf(size),
      output: shapeOf(size),
      init: () => ({}),
      forward: (_, x) => f(x),
      ...(each === undefined ? {} : { elementwise: each }),
    });

/**
 * A layer from a function of each number alone, and optionally its minimiser in closed form (see `Elementwise`).
 *
 * @example const cube = elementwise('cube', (x) => pow(x, 3)); // cube(10): Layer<{}, [10], [10]>
 */
export const elementwise = (name: string, f: (x: Tensor) => Tensor, each: Elementwise = {}) =>
  shapeKeeping(name, f, each);

/** ½(h(u) − a)² + c/2·(u − b)². */
const objective = (h: Tensor, u: Tensor, a: Tensor, b: Tensor, c: number): Tensor =>
  add(mul(squaredDifference(h, a), 0.5), mul(squaredDifference(u, b), c / 2));

/**
 * For h(u) = u above 0 and slope·u below: the minimiser of each branch, and the better of the two.
 *
 *     max(0, (a + c·b)/(1 + c))        min(0, (slope·a + c·b)/(slope² + c))
 */
const ofTwoBranches =
  (slope: number) =>
  (a: Tensor, b: Tensor, c: number): Tensor => {
    const above = tfRelu(div(add(a, mul(b, c)), 1 + c));
    const below = minimum(div(add(mul(a, slope), mul(b, c)), slope * slope + c), 0);
    const better = lessEqual(objective(above, above, a, b, c), objective(mul(below, slope), below, a, b, c));
    return where(better, above, below);
  };

/** `max(x, 0)`; its derivative at 0 is taken to be 0. */
export const relu = elementwise('relu', tfRelu, { minimiser: ofTwoBranches(0) });

/** `tanh x`. */
export const tanh = elementwise('tanh', tfTanh);

/** `1 / (1 + e^−x)`. */
export const sigmoid = elementwise('sigmoid', tfSigmoid);

/**
 * `x` for x > 0, `slope·x` elsewhere (Maas et al. 2013).
 *
 * @example chain(linear(4, 3), leakyRelu(3, 0.1))
 */
export const leakyRelu = <const S extends Size>(size: S, slope = 0.01): Activation<S> =>
  elementwise('leakyRelu', (x) => tfLeakyRelu(x, slope), { minimiser: ofTwoBranches(slope) })(size);

/** `x` for x > 0, `eˣ − 1` elsewhere (Clevert et al. 2016). */
export const elu = elementwise('elu', tfElu);

/** `x·Φ(x) = x/2·(1 + erf(x/√2))`, Φ the normal distribution (Hendrycks and Gimpel 2016); exact, not by tanh. */
export const gelu = elementwise(
  'gelu',
  withDerivative(
    (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
    // Φ(x) + x·φ(x)
    (x) => {
      const above = scope(() => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5));
      const density = scope(() => mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI)));
      return add(
        above,
        scope(() => mul(density, x)),
      );
    },
  ),
);

/** `x·sigmoid(x)`, also called swish. */
export const silu = elementwise(
  'silu',
  withDerivative(
    (x) => mul(x, tfSigmoid(x)),
    // σ + x·σ(1 − σ)
    (x) => {
      const s = tfSigmoid(x);
      return add(
        s,
        scope(() => mul(mul(x, s), sub(1, s))),
      );
    },
  ),
);

/** `log(1 + eˣ)`. */
export const softplus = elementwise('softplus', tfSoftplus);

/** `eˣⁱ / Σ_j eˣʲ` along the last axis. */
export const softmax = shapeKeeping('softmax', (x) => tfSoftmax(x, -1));

/** `x`: the unit of `chain`, as a layer. */
export const identity = elementwise('identity', (x) => x.clone(), {
  minimiser: (a, b, c) => div(add(a, mul(b, c)), 1 + c),
});
