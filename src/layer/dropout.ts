import { cast, greaterEqual, mul } from '@tensorflow/tfjs-core';
import { fail, Key, type Tree } from '../core';
import { type Activation, type ShapeOf, shapeOf, type Size } from './activation';
import { type AnyLayer, layer } from './layer';

/**
 * In training, each value is set to 0 with probability `rate`, and divided by 1 − rate otherwise, so that its mean
 * stays (Srivastava et al. 2014); in evaluation, the identity. The choice is a function of the key alone: `training`
 * gives the layer for one draw, and it is as pure as any other.
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

/** A layer as it is in training, for one draw of the key; layers that are not random are as they are. */
export const inTraining = <L extends AnyLayer>(l: L, key: Key.Key): L =>
  // The training layer is of the same type: `Layer.training` says so, which `L` hides here.
  (l.training?.(key) ?? l) as L;
