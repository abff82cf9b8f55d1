/** How weights start. Each draws independent numbers from a key. */
import { zeros, mul, type Tensor } from '@tensorflow/tfjs-core';
import { Key, type Shape } from '../core';

/** The number of inputs and of outputs that one weight connects. */
export interface Fans {
  /** The number of inputs on which one output depends. */
  readonly fanIn: number;
  /** The number of outputs that depend on one input. */
  readonly fanOut: number;
}

/** How weights and biases start: a function of a key, a shape and its fans for each. */
export interface Initialiser {
  /** Draws weights of a shape. */
  readonly weights: (key: Key.Key, shape: Shape, fans: Fans) => Tensor;
  /** Draws a bias of a shape. */
  readonly bias: (key: Key.Key, shape: Shape, fans: Fans) => Tensor;
}

const symmetric = (key: Key.Key, shape: Shape, bound: number): Tensor =>
  Key.uniform(key, shape, -bound, bound);

const noBias = (_key: Key.Key, shape: Shape): Tensor => zeros([...shape]);

/** Weights and biases uniform on ±1/√fan-in (Frerix et al. 2018): the default of most layers. */
export const uniformFanIn: Initialiser = {
  weights: (key, shape, { fanIn }) => symmetric(key, shape, 1 / Math.sqrt(fanIn)),
  bias: (key, shape, { fanIn }) => symmetric(key, shape, 1 / Math.sqrt(fanIn)),
};

/**
 * Weights uniform on ±√(6 / (fan-in + fan-out)), biases 0 (Glorot and Bengio 2010): for layers
 * before a tanh or sigmoid.
 */
export const glorot: Initialiser = {
  weights: (key, shape, { fanIn, fanOut }) => symmetric(key, shape, Math.sqrt(6 / (fanIn + fanOut))),
  bias: noBias,
};

/**
 * Weights normal with mean 0 and variance 2 / fan-in, biases 0 (He et al. 2015): for layers before
 * a relu.
 */
export const he: Initialiser = {
  weights: (key, shape, { fanIn }) => mul(Key.normal(key, shape), Math.sqrt(2 / fanIn)),
  bias: noBias,
};
