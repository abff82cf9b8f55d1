/** The squared error. */
import { add, div, mul, reshape, squaredDifference, sum, type Tensor } from '@tensorflow/tfjs-core';
import { fail, Key, showShape } from '../core';
import { checkSome, type ValueLoss } from './loss';

const checkShapes = (output: Tensor, target: Tensor): void => {
  if (output.shape.join() !== target.shape.join())
    fail('shape', 'squaredError', `targets ${showShape(output.shape)}`, `targets ${showShape(target.shape)}`);
  checkSome('squaredError', output);
};

/**
 * The squared error, summed over the features of an example and averaged over the batch:
 *
 *     1/(2N)·Σ_n ‖y_n − t_n‖²
 *
 * Output y and target t are both [N, ...O]. The loss of each example is ½·‖y_n − t_n‖². Both throw
 * a `Fault` (`shape`) if the shapes differ or there is no example. The loss is −log of a normal
 * density of variance 1 up to a constant; `sample` draws targets from it.
 */
export const squaredError: ValueLoss = {
  name: 'squaredError',
  classifies: false,
  quadraticWeight: (count) => 1 / count,
  sample: (output, key) => add(output, Key.normal(key, output.shape)),
  value: (output, target) => {
    checkShapes(output, target);
    return div(sum(squaredDifference(output, target)), 2 * output.shape[0]);
  },
  each: (output, target) => {
    checkShapes(output, target);
    return mul(sum(reshape(squaredDifference(output, target), [output.shape[0], -1]), 1), 0.5);
  },
};
