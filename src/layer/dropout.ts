import { cast, greaterEqual, mul } from '@tensorflow/tfjs-core';
import { fail, Key, type Tree } from '../core';
import { type Activation, type ShapeOf, shapeOf, type Size } from './activation';
import { type AnyLayer, layer } from './layer';

/**
 * Dropout (Srivastava et al. 2014). In training, each number becomes 0 with probability p = `rate`,
 * and is divided by 1 − p otherwise, so its mean stays:
 *
 *     y = x ⊙ m / (1 − p),   m 0 with probability p, else 1
 *
 * In evaluation it is the identity. The mask m is a function of a key alone: `training(key)` gives
 * the layer of one draw, a pure function like any other.
 *
 * @param size the shape of one example, or n for [n]
 * @param rate p in [0, 1)
 * @throws a `Fault` (`options`) for another rate
 *
 * @example chain(linear(784, 256), relu(256), dropout(256, 0.5), linear(256, 10))
 */
export const dropout = <const S extends Size>(size: S, rate: number): Activation<S> => {
  if (!(rate >= 0 && rate < 1))
    fail('options', 'dropout.rate', 'a number of at least 0 and below 1', `${rate}`);
  const shape = shapeOf(size);
  const parts = { name: 'dropout', input: shape, output: shape, init: () => ({}) };
  return layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>({
    ...parts,
    forward: (_, x) => x.clone(),
    training: (key) =>
      layer<Tree.NoParameters, ShapeOf<S>, ShapeOf<S>>({
        ...parts,
        forward: (_, x) =>
          mul(x, mul(cast(greaterEqual(Key.uniform(key, x.shape), rate), 'float32'), 1 / (1 - rate))),
      }),
  });
};

/**
 * The layer as it is in training, for one draw of the key. Layers that are not random stay
 * unchanged.
 */
export const inTraining = <L extends AnyLayer>(l: L, key: Key.Key): L =>
  // The training layer is of the same type: `Layer.training` says so, which `L` hides here.
  (l.training?.(key) ?? l) as L;
