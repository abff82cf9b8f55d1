import { mul, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Plus } from './arithmetic';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { denseDesign, denseForward, type LinearParameters } from './linear';
import { relaid } from './relaid';

/**
 * A bilinear form of the two halves a [left] and b [right] of the input x = (a, b), for each output
 * k:
 *
 *     y_k = aᵀ·W_k·b + bias_k   [N, left + right] → [N, outputs]
 *
 * Its parameters are `weights` [outputs, left, right] and `bias` [outputs]. It equals the dense
 * layer on all products aᵢ·bⱼ and uses the design matrix of that layer: the implicit step is one
 * linear system.
 *
 * @param initialiser how weights and bias start. Default: uniform on ±1/√(left·right)
 * @throws a `Fault` (`shape`) if `left`, `right` or `outputs` is not a whole number of at least 1
 *
 * @example bilinear(8, 4, 3) // Layer<LinearParameters, [12], [3]>
 */
export const bilinear = <const A extends number, const B extends number, const O extends number>(
  left: A,
  right: B,
  outputs: O,
  initialiser: Initialiser = uniformFanIn,
): Layer<LinearParameters, readonly [Plus<A, B>], readonly [O]> => {
  checkShape('bilinear', [left, right, outputs]);
  const fanIn = left * right;
  /** All products of the two halves, [N, left·right]. */
  const products = (x: Tensor): Tensor => {
    const n = x.shape[0];
    const a = reshape(slice(x, [0, 0], [n, left]), [n, left, 1]);
    const b = reshape(slice(x, [0, left], [n, right]), [n, 1, right]);
    return reshape(mul(a, b), [n, fanIn]);
  };
  const flat = ({ weights, bias }: LinearParameters): LinearParameters => ({
    weights: reshape(weights, [outputs, fanIn]),
    bias,
  });
  const full = ({ weights, bias }: LinearParameters): LinearParameters => ({
    weights: reshape(weights, [outputs, left, right]),
    bias,
  });
  return layer<LinearParameters, readonly [Plus<A, B>], readonly [O]>({
    name: 'bilinear',
    // The compiler's sum and this one are the same number; the type tests hold that.
    input: [left + right] as unknown as readonly [Plus<A, B>],
    output: [outputs],
    init: (key) => ({
      weights: initialiser.weights(Key.fold(key, 0), [outputs, left, right], { fanIn, fanOut: outputs }),
      bias: initialiser.bias(Key.fold(key, 1), [outputs], { fanIn, fanOut: outputs }),
    }),
    forward: (parameters, x) => denseForward(flat(parameters), products(x)),
    design: (x) => relaid(denseDesign(products(x), outputs), flat, full),
  });
};
