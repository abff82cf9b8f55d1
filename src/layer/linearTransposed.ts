/** The dense layer that takes another one's matrix, transposed. */
import { matMul } from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { type LinearParameters } from './linear';

/**
 * The transpose of `linear(out, in)`, for the decoder of a tied autoencoder:
 *
 *     y = x·W   [N, in] → [N, out],   W [in, out]
 *
 * It takes the parameters of that layer. Their bias [in] belongs to the other direction and has no
 * part in y; put `bias([out])` behind this layer to add one.
 *
 * The layer is affine in W, but W stands on the other side of the design matrix than in `linear`.
 * The implicit step of tied parameters is therefore one linear system without a design of its own,
 * and conjugate gradients solve it.
 *
 * @param fanIn in, the features of an input
 * @param fanOut out, the features of an output
 * @param initialiser how W and b start, if nothing is tied. Default: uniform on ±1/√out
 * @throws a `Fault` (`shape`) if a size is not a whole number of at least 1
 *
 * @example tie('decoded', linearTransposed(32, 784), 'code', 'h') // takes W [32, 784] of linear(784, 32)
 */
export const linearTransposed = <const I extends number, const O extends number>(
  fanIn: I,
  fanOut: O,
  initialiser: Initialiser = uniformFanIn,
): Layer<LinearParameters, readonly [I], readonly [O]> => {
  checkShape('linearTransposed', [fanIn, fanOut]);
  const fans = { fanIn: fanOut, fanOut: fanIn };
  return layer<LinearParameters, readonly [I], readonly [O]>({
    name: 'linearTransposed',
    input: [fanIn],
    output: [fanOut],
    parameterShapes: { weights: [fanIn, fanOut], bias: [fanIn] },
    init: (key) => ({
      weights: initialiser.weights(Key.fold(key, 0), [fanIn, fanOut], fans),
      bias: initialiser.bias(Key.fold(key, 1), [fanIn], fans),
    }),
    affine: true,
    forward: ({ weights }, x) => matMul(x, weights),
  });
};
