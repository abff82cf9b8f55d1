/**
 * Layers without parameters that keep the shape. Each takes the shape of one example, or a number
 * for `[n]`.
 */
import {
  add,
  div,
  elu as tfElu,
  leakyRelu as tfLeakyRelu,
  lessEqual,
  minimum,
  mul,
  relu as tfRelu,
  sigmoid as tfSigmoid,
  softmax as tfSoftmax,
  softplus as tfSoftplus,
  squaredDifference,
  tanh as tfTanh,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { byFormula } from '../autodiff';
import { type Shape, type Tree } from '../core';
import { Formula } from '../ops';
import { type Elementwise, type Layer, layer } from './layer';

/** A shape, or a number n that stands for the shape `[n]`. */
export type Size = number | Shape;
/** A size as a shape: a number n is the shape [n]. */
export type ShapeOf<S extends Size> = S extends number ? readonly [S] : S extends Shape ? S : never;

/** A layer without parameters whose output has the shape of its input. */
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
 * Makes an activation from a function h of single numbers: the layer has no parameters and keeps
 * the shape.
 *
 *     y[n, i] = h(x[n, i])   [N, ...S] → [N, ...S]
 *
 * If you give a minimiser in closed form, implicit steps on the input of the layer use it; without
 * one, a safeguarded Newton iteration finds the minimum.
 *
 * @param name the name in messages and tables
 * @param f h on a whole batch, made of tfjs ops, so that it has a derivative
 * @param each the minimiser of ½(h(u) − a)² + c/2·(u − b)² over u, if you know it; see
 *   `Elementwise`
 * @returns a function from the shape S of one example, or a number n for [n], to the layer. It
 *   throws a `Fault` (`shape`) for an invalid shape. A forward pass throws one if `f` throws or
 *   changes the shape
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

/**
 * `y = max(x, 0)`, number by number; its derivative at 0 is 0. An implicit step on its input has a
 * closed form.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example Array.from(relu(3).forward({}, tensor2d([[-1, 0, 2]])).dataSync()) // [0, 0, 2]
 */
export const relu = elementwise('relu', tfRelu, { minimiser: ofTwoBranches(0) });

/**
 * `y = tanh x`, number by number: a sigmoid with values in (−1, 1).
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example tanh(1).forward({}, tensor2d([[1]])) // 0.7616
 */
export const tanh = elementwise('tanh', tfTanh);

/**
 * `y = 1 / (1 + e^−x)`, number by number: the logistic function, with values in (0, 1).
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example sigmoid(1).forward({}, tensor2d([[0]])) // 0.5
 */
export const sigmoid = elementwise('sigmoid', tfSigmoid);

/**
 * `y = x` for x > 0 and `slope·x` elsewhere, number by number (Maas et al. 2013). An implicit step
 * on its input has a closed form.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 * @param slope the derivative below 0. Default 0.01
 *
 * @example chain(linear(4, 3), leakyRelu(3, 0.1))
 */
export const leakyRelu = <const S extends Size>(size: S, slope = 0.01): Activation<S> =>
  elementwise('leakyRelu', (x) => tfLeakyRelu(x, slope), { minimiser: ofTwoBranches(slope) })(size);

/**
 * `y = x` for x > 0 and `eˣ − 1` elsewhere, number by number (Clevert et al. 2016).
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example elu(1).forward({}, tensor2d([[-1]])) // -0.6321
 */
export const elu = elementwise('elu', tfElu);

/**
 * `y = x·Φ(x) = x/2·(1 + erf(x/√2))`, number by number, Φ the distribution function of the standard
 * normal (Hendrycks and Gimpel 2016). It is the exact function, without the approximation by tanh.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example gelu(1).forward({}, tensor2d([[1]])) // 0.8413
 */
export const gelu = elementwise(
  'gelu',
  byFormula((x) => Formula.mul(x, Formula.affine(Formula.erf(Formula.affine(x, Math.SQRT1_2)), 0.5, 0.5))),
);

/**
 * `y = x·σ(x)`, number by number, σ the logistic function. The literature also calls it swish.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example silu(1).forward({}, tensor2d([[1]])) // 0.7311
 */
export const silu = elementwise(
  'silu',
  byFormula((x) => Formula.mul(x, Formula.logistic(x))),
);

/**
 * `y = log(1 + eˣ)`, number by number: a smooth upper bound of `relu`.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example softplus(1).forward({}, tensor2d([[0]])) // 0.6931
 */
export const softplus = elementwise('softplus', tfSoftplus);

/**
 * `y_i = e^{x_i} / Σ_j e^{x_j}` along the last axis of each example: numbers above 0 that sum to 1.
 *
 * The losses `softmaxCrossEntropy` and `crossEntropy` contain a softmax: a network that ends in one
 * of them needs no such layer.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example Array.from(softmax(2).forward({}, tensor2d([[3, 3]])).dataSync()) // [0.5, 0.5]
 */
export const softmax = shapeKeeping('softmax', (x) => tfSoftmax(x, -1));

/**
 * `y = x`: the layer that changes nothing, as the unit of `chain`. An implicit step on its input
 * has a closed form.
 *
 * @param size the shape of one example, or n for [n]. An invalid one throws a `Fault` (`shape`)
 *
 * @example chain(linear(4, 3), identity(3))
 */
export const identity = elementwise('identity', (x) => x.clone(), {
  minimiser: (a, b, c) => div(add(a, mul(b, c)), 1 + c),
});
