/** A dense layer on the last axis: every place of a sequence by the same matrix. */
import { reshape, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, fail, Key, type Shape } from '../core';
import { placesProduct } from '../ops';
import { type Design } from '../solver';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type AnyLayer, type Layer, layer } from './layer';
import { denseDesign, denseForward, type LinearParameters, matrixDesign } from './linear';
import { relaid } from './relaid';

type FrontOf<S extends Shape> = S extends readonly [...infer F extends Shape, number] ? F : readonly number[];

/** The shape of the outputs of a projection. */
export type Projected<S extends Shape, O extends number> = readonly [...FrontOf<S>, O];

/** Options of `projection`: a bias, and how its weights are drawn. */
export interface ProjectionOptions<B extends boolean> {
  /** Whether every place adds a bias. Default false. */
  readonly bias?: B;
  /** Default: uniform on ±1/√D. */
  readonly initialiser?: Initialiser;
}

/** The parameters of a projection: W alone, or `weights` and `bias`. */
export type ProjectionParameters<B extends boolean> = B extends true ? LinearParameters : Tensor;

/** [N, ..., width] as rows, one a place. */
const rowsOf = (x: Tensor, width: number): Tensor => reshape(x, [x.size / width, width]);

/**
 * The design A = W for the input [N, ..., D], with rows = O and columns = D. Each place of each
 * example is a unit.
 */
const inputDesignOf = (weights: Tensor, shape: readonly number[]): Design<Tensor> => {
  const [outputs = 0, fanIn = 0] = weights.shape;
  const flat = matrixDesign(weights, shape.reduce((a, b) => a * b, 1) / fanIn);
  return {
    ...relaid(
      flat,
      (v: Tensor) => rowsOf(v, fanIn),
      (m) => reshape(m, [...shape]),
    ),
    outputs: (y) => rowsOf(y, outputs),
  };
};

const projectionOf = (
  shape: Shape,
  outputs: number,
  { bias = false, initialiser = uniformFanIn }: ProjectionOptions<boolean>,
): AnyLayer => {
  checkShape('projection', [...shape, outputs]);
  const fanIn = shape.at(-1) ?? fail('shape', 'projection', 'at least one axis', 'a scalar');
  const front = shape.slice(0, -1);
  const fans = { fanIn, fanOut: outputs };
  const held = (y: Tensor): Tensor => transpose(rowsOf(y, outputs));
  const common = { name: 'projection', input: shape, output: [...front, outputs] };
  return bias
    ? layer<LinearParameters, Shape, Shape>({
        ...common,
        parameterShapes: { weights: [outputs, fanIn], bias: [outputs] },
        init: (key) => ({
          weights: initialiser.weights(Key.fold(key, 0), [outputs, fanIn], fans),
          bias: initialiser.bias(Key.fold(key, 1), [outputs], fans),
        }),
        forward: denseForward,
        design: (x) => ({
          ...denseDesign(rowsOf(x, fanIn), outputs),
          outputs: held,
          source: { input: x, matrix: '[x, 1]' },
        }),
        inputDesign: ({ weights }, count) => inputDesignOf(weights, [count, ...shape]),
      })
    : layer<Tensor, Shape, Shape>({
        ...common,
        init: (key) => initialiser.weights(key, [outputs, fanIn], fans),
        forward: (weights, x) => placesProduct(x, weights),
        design: (x) => ({
          ...matrixDesign(rowsOf(x, fanIn), outputs),
          outputs: held,
          source: { input: x, matrix: 'x' },
        }),
        inputDesign: (weights, count) => inputDesignOf(weights, [count, ...shape]),
      });
};

/**
 * The dense layer of each token of a sequence: one matrix W at every place.
 *
 *     y = x·Wᵀ, or x·Wᵀ + b with `bias: true`   [N, ..., D] → [N, ..., O]
 *
 * Its parameter is W [O, D] alone, or the record of `weights` [O, D] and `bias` [O]. The implicit
 * step is exact: all places are rows of one system.
 *
 * @param shape the shape [..., D] of one sequence
 * @param outputs O, the features of an output
 * @param options `bias`, default false; `initialiser`, default uniform on ±1/√D
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example projection([28, 16], 64) // Layer<Tensor, [28, 16], [28, 64]>
 *
 * @example projection([28, 16], 64, { bias: true }) // Layer<LinearParameters, [28, 16], [28, 64]>
 */
export const projection = <const S extends Shape, const O extends number, const B extends boolean = false>(
  shape: S,
  outputs: O,
  options: ProjectionOptions<B> = {},
): Layer<ProjectionParameters<B>, S, Projected<S, O>> =>
  // The compiler's parameters and sizes and those above are the same; the type tests hold that.
  projectionOf(shape, outputs, options) as unknown as Layer<ProjectionParameters<B>, S, Projected<S, O>>;
