/** Normalisation of each example by its own mean and variance, then a gain and a bias. Affine in its parameters. */
import { add, mean, mul, ones, reshape, rsqrt, square, sub, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { checkShape, fail, positive, type Shape, sizeOf } from '../core';
import { type ShapeOf, shapeOf, type Size } from './activation';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** `gain` and `bias`, one number for each feature or channel. */
export type NormalisationParameters = { readonly gain: Tensor; readonly bias: Tensor };

/** (x − mean) / √(variance + ε), both along an axis; the variance divides by n. */
const normalised = (x: Tensor, axis: number, epsilon: number): Tensor => {
  const centred = sub(x, mean(x, axis, true));
  return mul(centred, rsqrt(add(mean(square(centred), axis, true), epsilon)));
};

const unit = (features: number) => (): NormalisationParameters => ({
  gain: ones([features]),
  bias: zeros([features]),
});

/**
 * `gain ⊙ (x − μ)/√(σ² + ε) + bias`, μ and σ² of the last axis of each example (Ba, Kiros, Hinton 2016). Starts with
 * gain 1 and bias 0.
 *
 * @example layerNorm([28, 16]) // each of 28 places by its 16 features
 */
export const layerNorm = <const S extends Size>(
  size: S,
  epsilon = 1e-5,
): Layer<NormalisationParameters, ShapeOf<S>, ShapeOf<S>> => {
  const shape = shapeOf(size);
  const features = shape.at(-1) ?? fail('shape', 'layerNorm', 'at least one axis', 'a scalar');
  positive('layerNorm.epsilon', epsilon);
  return layer<NormalisationParameters, ShapeOf<S>, ShapeOf<S>>({
    name: 'layerNorm',
    input: shape,
    output: shape,
    affine: true,
    init: unit(features),
    forward: ({ gain, bias }, x) => add(mul(normalised(x, -1, epsilon), gain), bias),
  });
};

/**
 * The same over the channels of a group and all places together, for images or sequences [..., C] in `groups` groups
 * (Wu and He 2018); gain and bias per channel. One group is layer normalisation over everything, C groups are instance
 * normalisation.
 *
 * @example groupNorm([32, 32, 16], 4)
 */
export const groupNorm = <const S extends Shape>(
  input: S,
  groups: number,
  epsilon = 1e-5,
): Layer<NormalisationParameters, S, S> => {
  checkShape('groupNorm', input);
  const channels = input.at(-1) ?? fail('shape', 'groupNorm', 'at least one axis', 'a scalar');
  positive('groupNorm.epsilon', epsilon);
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0)
    fail('options', 'groupNorm.groups', `a divisor of the ${channels} channels`, `${groups}`);
  const places = sizeOf(input) / channels;
  const width = channels / groups;
  return layer<NormalisationParameters, S, S>({
    name: 'groupNorm',
    input,
    output: input,
    affine: true,
    init: unit(channels),
    forward: ({ gain, bias }, x) => {
      const n = x.shape[0];
      const grouped = reshape(x, [n, places, groups, width]);
      const centred = sub(grouped, mean(grouped, [1, 3], true));
      const scale = rsqrt(add(mean(square(centred), [1, 3], true), epsilon));
      return add(mul(reshape(mul(centred, scale), [n, ...input]), gain), bias);
    },
  });
};
