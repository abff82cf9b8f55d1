import { reshape as tfReshape } from '@tensorflow/tfjs-core';
import { fail, type Shape, showShape, sizeOf, type Tree } from '../core';
import { type Layer, layer } from './layer';

/**
 * Gives the numbers of an example another shape, in row-major order:
 * [N, ...input] → [N, ...output].
 *
 * @param input the shape of one example
 * @param output its new shape, with as many numbers; otherwise it throws a `Fault` (`shape`)
 *
 * @example reshape([784], [28, 28]) // Layer<{}, [784], [28, 28]>
 */
export const reshape = <const I extends Shape, const O extends Shape>(
  input: I,
  output: O,
): Layer<Tree.NoParameters, I, O> => {
  if (sizeOf(input) !== sizeOf(output))
    fail('shape', 'reshape', `${sizeOf(input)} values, as ${showShape(input)} has`, showShape(output));
  return layer<Tree.NoParameters, I, O>({
    name: 'reshape',
    input,
    output,
    init: () => ({}),
    forward: (_, x) => tfReshape(x, [x.shape[0], ...output]),
  });
};
