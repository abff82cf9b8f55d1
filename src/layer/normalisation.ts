/**
 * Normalisation of each example by its own mean and variance, then a gain and a bias. The layer is
 * affine in gain and bias, with a system for each feature. A network shows the two parts as nodes
 * of their own, so that the implicit step sees the numbers that the forward pass normalised.
 */
import {
  add,
  fill,
  mul,
  ones,
  reshape,
  slice,
  square,
  stack,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { rematerialised } from '../autodiff';
import { checkShape, fail, positive, type Shape, sizeOf } from '../core';
import { type NormaliseAttributes, normalisedGroups, normalisesAtOnce, withGain } from '../ops';
import { type Design } from '../solver';
import { type ShapeOf, shapeOf, type Size } from './activation';
import { blockDesign, blockDiagonal } from './blockDesign';
import { join } from './joins';
import { type Layer, layer } from './layer';

// A type alias, not an interface: only aliases are trees to the compiler.
/** The parameters of a normalisation: `gain` and `bias`, one number for each feature or channel. */
export type NormalisationParameters = { readonly gain: Tensor; readonly bias: Tensor };

/**
 * The design A_g = [x̂_g, 1] for each feature g, with the normalised numbers x̂ [R, G]: G systems
 * of two unknowns. Right-hand sides are held as [R, G].
 */
const normalisationDesign = (normal: Tensor): Design<NormalisationParameters> => {
  const [rows = 0, features = 0] = normal.shape;
  const all = rows * features;
  const column = (m: Tensor, i: number): Tensor => reshape(slice(m, [0, i], [features, 1]), [features]);
  return blockDesign<NormalisationParameters>({
    rows: all,
    columns: 2 * features,
    units: 1,
    blocks: {
      size: 2,
      form: () => {
        const sums = sum(normal, 0);
        const entries = [sum(square(normal), 0), sums, sums, fill([features], rows)];
        return reshape(stack(entries, 1), [features, 2, 2]);
      },
      pairs: normal,
    },
    matrix: () => blockDiagonal(stack([transpose(normal), ones([features, rows])], 2)),
    apply: ({ gain, bias }) => add(mul(normal, gain), bias),
    adjoint: (h) => ({ gain: sum(mul(h, normal), 0), bias: sum(h, 0) }),
    pack: ({ gain, bias }) => reshape(stack([gain, bias], 1), [1, 2 * features]),
    unpack: (m) => {
      const pairs = reshape(m, [features, 2]);
      return { gain: column(pairs, 0), bias: column(pairs, 1) };
    },
    outputs: (y) => reshape(y, [rows, features]),
    toUnits: (h) => reshape(transpose(h), [1, all]),
    fromUnits: (m) => transpose(reshape(m, [features, rows])),
  });
};

/** The numbers along the last axis. */
const lastOf = (name: string, shape: Shape): number =>
  shape.at(-1) ?? fail('shape', name, 'at least one axis', 'a scalar');

/** gain ⊙ x̂ + bias of normalised numbers x̂, for each along the last axis; and its design. */
export const gainAndBias = <S extends Shape>(
  name: string,
  shape: S,
): Layer<NormalisationParameters, S, S> & Required<Pick<Layer<NormalisationParameters, S, S>, 'design'>> => {
  const features = lastOf(name, shape);
  const design = (x: Tensor): Design<NormalisationParameters> =>
    normalisationDesign(reshape(x, [x.size / features, features]));
  return {
    ...layer<NormalisationParameters, S, S>({
      name,
      input: shape,
      output: shape,
      init: () => ({ gain: ones([features]), bias: zeros([features]) }),
      forward: ({ gain, bias }, x) => withGain(x, gain, bias),
    }),
    design,
  };
};

/**
 * A layer of two nodes: `normal` of its input, without parameters, then a gain and a bias for each
 * number along the last axis.
 */
const normalisationLayer = <S extends Shape>(
  name: string,
  shape: S,
  normal: (x: Tensor) => Tensor,
): Layer<NormalisationParameters, S, S> => {
  const gained = gainAndBias(name, shape);
  const normalise = join({ name: 'normalise', inputs: [shape], output: shape, forward: ([x]) => normal(x) });
  return {
    ...layer<NormalisationParameters, S, S>({
      name,
      input: shape,
      output: shape,
      init: (key) => gained.init(key),
      forward: (parameters, x) => gained.forward(parameters, normal(x)),
      design: (x) => gained.design(normal(x)),
    }),
    nodes: [
      { part: normalise, reads: [0], at: [], name: 'normalise' },
      { part: gained, reads: [1], at: [] },
    ],
  };
};

/** Each group of an example normalised, its numbers seen as [places, groups, width]. */
const inGroups = (how: NormaliseAttributes): ((x: Tensor) => Tensor) => {
  const bySteps = rematerialised((x) => normalisedGroups(x, how));
  return (x) => (normalisesAtOnce(x) ? normalisedGroups(x, how) : bySteps(x));
};

/**
 * Layer normalisation (Ba, Kiros, Hinton 2016): each example, and each place of it, by its own mean
 * μ and variance σ² along the last axis.
 *
 *     y = gain ⊙ (x − μ)/√(σ² + ε) + bias
 *
 * `gain` and `bias` have one number for each feature along the last axis, and start at 1 and 0.
 * Their implicit step is a system of two unknowns for each feature.
 *
 * @param size the shape of one example, or n for [n]
 * @param epsilon ε. Default 1e-5
 * @throws a `Fault`: `shape` for an invalid shape or one without axes, `options` if ε is not
 *   positive and finite
 *
 * @example layerNorm([28, 16]) // each of 28 places by its 16 features
 */
export const layerNorm = <const S extends Size>(
  size: S,
  epsilon = 1e-5,
): Layer<NormalisationParameters, ShapeOf<S>, ShapeOf<S>> => {
  const shape = shapeOf(size);
  positive('layerNorm.epsilon', epsilon);
  const width = lastOf('layerNorm', shape);
  return normalisationLayer('layerNorm', shape, inGroups({ places: 1, groups: 1, width, epsilon }));
};

/**
 * Group normalisation (Wu and He 2018) of images or sequences [..., C]: each group of C/groups
 * channels of an example by its mean μ and variance σ² over those channels and all places.
 *
 *     y = gain ⊙ (x − μ)/√(σ² + ε) + bias
 *
 * `gain` and `bias` have one number for each channel, and start at 1 and 0. One group normalises
 * over everything in an example; C groups are instance normalisation.
 *
 * @param input the shape [..., C] of one example
 * @param groups how many groups
 * @param epsilon ε. Default 1e-5
 * @throws a `Fault`: `shape` for an invalid shape or one without axes, `options` if `groups` does
 *   not divide C or ε is not positive and finite
 *
 * @example groupNorm([32, 32, 16], 4)
 */
export const groupNorm = <const S extends Shape>(
  input: S,
  groups: number,
  epsilon = 1e-5,
): Layer<NormalisationParameters, S, S> => {
  checkShape('groupNorm', input);
  const channels = lastOf('groupNorm', input);
  positive('groupNorm.epsilon', epsilon);
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0)
    fail('options', 'groupNorm.groups', `a divisor of the ${channels} channels`, `${groups}`);
  const places = sizeOf(input) / channels;
  const width = channels / groups;
  return normalisationLayer('groupNorm', input, inGroups({ places, groups, width, epsilon }));
};
