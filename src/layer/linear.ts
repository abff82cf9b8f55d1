/** The dense layer. */
import {
  add,
  concat,
  matMul,
  ones,
  reshape,
  slice,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { biasedProduct, real } from '../ops';
import { type Design, mixed, wideProducts } from '../solver';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** The parameters of a linear layer: `weights` [out, in] and `bias` [out]. */
export type LinearParameters = { readonly weights: Tensor; readonly bias: Tensor };

/**
 * The design matrix A = [x, 1] of `x·Wᵀ + b` at `inputs` x [N, in], with rows = N, columns = in + 1
 * and `units` = out. H is held as [units, rows], in the layout of the weights. The dual Gram matrix
 * never forms A: [x, 1][x, 1]ᵀ = x·xᵀ + 1. A layer of your own that is linear in features of its
 * input returns it from `design`, at these features.
 *
 * @example
 * const design = denseDesign(ones([8, 2]), 3);
 * [design.rows, design.columns, design.units] // [8, 3, 3]
 */
export const denseDesign = (inputs: Tensor, units: number): Design<LinearParameters> => {
  const x = real(inputs);
  const [rows = 0, fanIn = 0] = x.shape;
  const columns = fanIn + 1;
  const withOnes = (): Tensor => concat([x, ones([rows, 1])], 1);
  return {
    rows,
    columns,
    units,
    scalars: 'perUnit',
    apply: ({ weights, bias }) => add(matMul(weights, x, false, true), reshape(bias, [units, 1])),
    adjoint: (h) => ({ weights: matMul(h, x), bias: sum(h, 1) }),
    matrix: withOnes,
    grams: [
      {
        name: 'product',
        cost: (rows * columns * columns) / 2,
        form: () => {
          const a = withOnes();
          return matMul(a, a, true, false);
        },
        wide: wideProducts({ x, ones: 1 }),
      },
    ],
    dualGram: () => add(matMul(x, x, false, true), 1),
    dualGramOfInputs: () => matMul(x, x, false, true),
    inputs: { x, ones: 1 },
    at: (other) => denseDesign(other, units),
    operator: {
      mix: mixed,
      apply: (v) =>
        add(
          matMul(slice(v, [0, 0], [v.shape[0], fanIn]), x, false, true),
          slice(v, [0, fanIn], [v.shape[0], 1]),
        ),
      adjoint: (h) => concat([matMul(h, x), sum(h, 1, true)], 1),
    },
    pack: ({ weights, bias }) => concat([weights, reshape(bias, [units, 1])], 1),
    unpack: (matrix) => ({
      weights: slice(matrix, [0, 0], [units, fanIn]),
      bias: reshape(slice(matrix, [0, fanIn], [units, 1]), [units]),
    }),
    parts: {
      split: ({ weights, bias }) => ({ most: weights, last: reshape(bias, [units, 1]) }),
      join: ({ most, last }) => ({ weights: most, bias: reshape(last, [units]) }),
    },
    outputs: (y) => transpose(y),
    toUnits: (h) => h,
    fromUnits: (h) => h,
  };
};

/**
 * A matrix A [rows, columns] as a design for V [units, columns] and H [units, rows], without
 * packing.
 */
export const matrixDesign = (matrix: Tensor, units: number): Design<Tensor> => {
  const a = real(matrix);
  const [rows = 0, columns = 0] = a.shape;
  return {
    rows,
    columns,
    units,
    scalars: 'perUnit',
    apply: (v) => matMul(v, a, false, true),
    adjoint: (h) => matMul(h, a),
    matrix: () => a,
    grams: [
      {
        name: 'product',
        cost: (rows * columns * columns) / 2,
        form: () => matMul(a, a, true, false),
        wide: wideProducts({ x: a, ones: 0 }),
      },
    ],
    dualGram: () => matMul(a, a, false, true),
    inputs: { x: a, ones: 0 },
    at: (other) => matrixDesign(other, units),
    operator: {
      mix: mixed,
      apply: (v) => matMul(v, a, false, true),
      adjoint: (h) => matMul(h, a),
    },
    pack: (v) => v,
    unpack: (matrix) => matrix,
    outputs: (y) => y,
    toUnits: (h) => h,
    fromUnits: (h) => h,
  };
};

/** `x·Wᵀ + b`. */
export const denseForward = ({ weights, bias }: LinearParameters, x: Tensor): Tensor =>
  biasedProduct(x, weights, bias);

/**
 * The dense layer: an affine map of each example.
 *
 *     y = x·Wᵀ + b   [N, in] → [N, out]
 *
 * Its parameters are `weights` W [out, in] and `bias` b [out]. W has the outputs first, so the
 * forward product needs no transposed copy of it. The implicit step is one linear system with the
 * rows [x, 1].
 *
 * @param fanIn in, the features of an input
 * @param fanOut out, the features of an output
 * @param initialiser how W and b start. Default: uniform on ±1/√in
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example linear(784, 256) // Layer<LinearParameters, [784], [256]>
 */
export const linear = <const I extends number, const O extends number>(
  fanIn: I,
  fanOut: O,
  initialiser: Initialiser = uniformFanIn,
): Layer<LinearParameters, readonly [I], readonly [O]> => {
  checkShape('linear', [fanIn, fanOut]);
  return layer<LinearParameters, readonly [I], readonly [O]>({
    name: 'linear',
    input: [fanIn],
    output: [fanOut],
    parameterShapes: { weights: [fanOut, fanIn], bias: [fanOut] },
    init: (key) => ({
      weights: initialiser.weights(Key.fold(key, 0), [fanOut, fanIn], { fanIn, fanOut }),
      bias: initialiser.bias(Key.fold(key, 1), [fanOut], { fanIn, fanOut }),
    }),
    forward: denseForward,
    design: (x) => ({ ...denseDesign(x, fanOut), source: { input: x, matrix: '[x, 1]' } }),
    // A = W for the input x [N, in], with rows = out, columns = in, and each example a unit.
    inputDesign: ({ weights }, count) => matrixDesign(weights, count),
  });
};
