/**
 * Batch normalisation: the layer whose training and evaluation differ in more than noise. In
 * training it normalises by the mean and the variance of the batch, so an output depends on all
 * examples. In evaluation it normalises by running means of both, which are buffers.
 */
import { add, mean, mul, ones, reshape, rsqrt, square, sub, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { rematerialised } from '../autodiff';
import { fail, type Key, type Path, positive } from '../core';
import { normalised } from '../ops';
import { type ShapeOf, shapeOf, type Size } from './activation';
import { join } from './joins';
import { type Layer, layer, type Node } from './layer';
import { nodeBuffers } from './net';
import { gainAndBias, type NormalisationParameters } from './normalisation';

// Type aliases, not interfaces: only aliases are trees to the compiler.
type Statistics = { readonly mean: Tensor; readonly variance: Tensor };
/**
 * One number for each feature or channel: `gain` and `bias`, which are trained, and the running
 * `mean` and `variance`, which are buffers.
 */
export type BatchNormParameters = NormalisationParameters & Statistics;

/** Options of `batchNorm`: ε, and how fast running means follow the batches. */
export interface BatchNormOptions {
  /** ε, added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** m in (0, 1]: running ← (1 − m)·running + m·batch. Default 0.1. */
  readonly momentum?: number;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of each feature along the last axis:
 *
 *     y = gain ⊙ (x − μ)/√(σ² + ε) + bias
 *
 * In training, μ and σ² are the mean and the variance over the batch and all other axes; σ² divides
 * by n. In evaluation they are running averages, so no output depends on another example:
 *
 *     mean     ← (1 − m)·mean     + m·μ
 *     variance ← (1 − m)·variance + m·σ²·n/(n − 1)
 *
 * The running averages are buffers. `train` and `takeStep` update them after each forward pass,
 * checkpoints contain them, and no optimizer sees a gradient of them. Gain and bias are a link of
 * their own, with an exact implicit step. They start at 1 and 0; the mean starts at 0, the variance
 * at 1. Weights of examples have no part in the statistics.
 *
 * @param size the shape of one example, or n for [n]
 * @param options `epsilon` ε, default 1e-5; `momentum` m in (0, 1], default 0.1
 * @throws a `Fault`: `shape` for a shape without axes, `options` for ε or m out of range. A
 *   training batch with one number for each feature has no variance: its forward pass throws a
 *   `Fault` (`data`)
 *
 * @example chain(linear(784, 256), batchNorm(256), relu(256), linear(256, 10))
 */
export const batchNorm = <const S extends Size>(
  size: S,
  { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions = {},
): Layer<BatchNormParameters, ShapeOf<S>, ShapeOf<S>> => {
  const name = 'batchNorm';
  const shape = shapeOf(size);
  const features = shape.at(-1) ?? fail('shape', name, 'at least one axis', 'a scalar');
  positive(`${name}.epsilon`, epsilon);
  if (!(momentum > 0 && momentum <= 1))
    fail('options', `${name}.momentum`, 'a number above 0, of at most 1', `${momentum}`);

  const parts = { name, input: shape, output: shape };
  const rows = (x: Tensor): Tensor => reshape(x, [x.size / features, features]);
  /** In evaluation: affine in x, by the running statistics. */
  const byRunning = layer<Statistics, ShapeOf<S>, ShapeOf<S>>({
    ...parts,
    init: () => ({ mean: zeros([features]), variance: ones([features]) }),
    forward: (running, x) => mul(sub(x, running.mean), rsqrt(add(running.variance, epsilon))),
    buffers: {
      names: ['mean', 'variance'],
      next: (running, x) => {
        const all = rows(x);
        const [n = 0] = all.shape;
        const found = mean(all, 0);
        const spread = mul(mean(square(sub(all, found)), 0), n / (n - 1));
        const mixed = (old: Tensor, of: Tensor): Tensor => add(mul(old, 1 - momentum), mul(of, momentum));
        return { mean: mixed(running.mean, found), variance: mixed(running.variance, spread) };
      },
    },
  });
  /** In training: by those of the batch. */
  const normal = rematerialised((x: Tensor) => normalised(x, [0], epsilon));
  const byBatch = {
    ...join({
      name,
      inputs: [shape],
      output: shape,
      forward: ([x]) => {
        if (x.size === features)
          fail('data', name, 'more than one number for each feature in a batch of training', 'one');
        return reshape(normal(rows(x)), x.shape);
      },
    }),
    mixesExamples: true,
  };
  const gained = gainAndBias(name, shape);

  const statistics: Path = [['mean', 'variance']];
  const kept = nodeBuffers(byRunning, statistics);
  const behind: Node = { part: gained, reads: [1], at: [['gain', 'bias']] };
  const whole = {
    ...parts,
    init: (key: Key.Key) => ({ ...gained.init(key), ...byRunning.init(key) }),
  };
  const trained: Layer<BatchNormParameters, ShapeOf<S>, ShapeOf<S>> = {
    ...layer<BatchNormParameters, ShapeOf<S>, ShapeOf<S>>({
      ...whole,
      forward: (parameters, x) => gained.forward(parameters, byBatch.forward([x])),
    }),
    mixesExamples: true,
    nodes: [{ part: byBatch, reads: [0], at: [], name: 'normalise', ...kept }, behind],
  };
  return {
    ...layer<BatchNormParameters, ShapeOf<S>, ShapeOf<S>>({
      ...whole,
      forward: (parameters, x) => gained.forward(parameters, byRunning.forward(parameters, x)),
      training: () => trained,
    }),
    nodes: [{ part: byRunning, reads: [0], at: statistics, name: 'normalise', ...kept }, behind],
  };
};
