/** The dense layer that takes another one's matrix, transposed. */
import { matMul } from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { type LinearParameters } from './linear';

/**
 * `y = x·W`, x [N, in], W [in, out], y [N, out]: the transpose of `linear(out, in)`, whose parameters it takes. The bias of
 * those [in] belongs to the other direction and has no part in y; `bias([out])` behind it adds one. It is meant for `tie`, in
 * tied autoencoders.
 *
 * It is affine in W, but with another design matrix than `linear`, Aᵀ on the other side of W: the implicit step of tied
 * parameters is one linear system, solved by conjugate gradients. A `Fault` `shape` for a size that is none.
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
