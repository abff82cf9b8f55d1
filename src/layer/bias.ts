import { add, ones, reshape, sum, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { checkShape, type Shape, sizeOf } from '../core';
import { glorot, type Initialiser } from './initialiser';
import { type Layer, layer } from './layer';
import { matrixDesign } from './linear';
import { relaid } from './relaid';

/**
 * `y = x + b`, with b of the shape of one input. Put it behind a layer that has no bias of its own,
 * such as `linearTransposed`. Its design matrix is a column of ones.
 *
 * @param shape the shape of one input, and of b
 * @param initialiser how b starts. Default: at 0
 * @throws a `Fault` (`shape`) if a dimension is not a whole number of at least 1
 *
 * @example bias([784]) // Layer<Tensor, [784], [784]>
 */
export const bias = <const S extends Shape>(
  shape: S,
  initialiser: Initialiser = glorot,
): Layer<Tensor, S, S> => {
  const size = sizeOf(checkShape('bias', shape));
  const flat = (x: Tensor): Tensor => reshape(x, [-1, size]);
  return layer<Tensor, S, S>({
    name: 'bias',
    input: shape,
    output: shape,
    init: (key) => initialiser.bias(key, [...shape], { fanIn: size, fanOut: size }),
    forward: (b, x) => add(x, b),
    design: (x) => ({
      ...relaid(
        matrixDesign(ones([x.shape[0], 1]), size),
        (b: Tensor) => reshape(b, [size, 1]),
        (matrix) => reshape(matrix, [...shape]),
      ),
      adjoint: (h) => reshape(sum(h, 1), [...shape]),
      outputs: (y) => transpose(flat(y)),
    }),
  });
};
