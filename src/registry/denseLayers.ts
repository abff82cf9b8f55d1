/** Dense layers, activations and norms. */
import {
  type AnyLayer,
  batchNorm,
  bias,
  bilinear,
  dropout,
  elu,
  flatten,
  gelu,
  groupNorm,
  identity,
  layerNorm,
  leakyRelu,
  linear,
  linearTransposed,
  projection,
  relu,
  reshape,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from '../layer';
import { type Shape } from '../core';
import { flag, fraction, positive } from './codec';
import { defineLayer, type LayerEntry, type LayerSample } from './entry';
import { featuresIn, one, shape } from './sizes';

/** A layer without keys, which keeps the shape that it takes, or makes another of it. */
const plain = (
  name: string,
  about: string,
  make: (input: Shape) => AnyLayer,
  ...cases: readonly LayerSample[]
): LayerEntry =>
  defineLayer({
    name,
    about,
    keys: () => ({ required: {}, optional: {} }),
    build: (_, { input }) => make(input),
    cases,
  });

const units = { required: { units: one }, optional: {} };

export const denseLayers: readonly LayerEntry[] = [
  defineLayer({
    name: 'linear',
    about: 'a linear layer',
    keys: () => units,
    build: ({ units: n }, { path, input }) => linear(featuresIn(path, input), n),
    cases: [{ input: [4], config: { units: 3 } }],
  }),
  plain('relu', 'a ReLU', (input) => relu(input), { input: [3, 2], kinks: true }),
  plain('tanh', 'a tanh', (input) => tanh(input), { input: [5] }),
  plain('sigmoid', 'a sigmoid', (input) => sigmoid(input), { input: [2, 2] }),
  plain('flatten', 'a flattening', (input) => flatten(input), { input: [2, 3, 2] }),
  defineLayer({
    name: 'projection',
    about: 'a projection',
    keys: () => ({ required: { units: one }, optional: { bias: flag } }),
    build: ({ units: n, bias: biased = false }, { input }) => projection(input, n, { bias: biased }),
    cases: [
      { input: [3, 4], config: { units: 2 } },
      { name: 'projection with a bias', input: [2, 2, 3], config: { units: 2, bias: true } },
    ],
  }),
  defineLayer({
    name: 'linearTransposed',
    about: 'a transposed linear layer',
    keys: () => units,
    build: ({ units: n }, { path, input }) => linearTransposed(featuresIn(path, input), n),
    cases: [{ input: [3], config: { units: 4 } }],
  }),
  defineLayer({
    name: 'bilinear',
    about: 'a bilinear layer',
    // The rest of the features is its other half.
    keys: () => ({ required: { left: one, units: one }, optional: {} }),
    build: ({ left, units: n }, { path, input }) => bilinear(left, featuresIn(path, input) - left, n),
    cases: [{ input: [5], config: { left: 3, units: 2 } }],
  }),
  plain('bias', 'a bias', (input) => bias(input), { input: [2, 3] }),
  plain('identity', 'an identity', (input) => identity(input), { input: [4] }),
  defineLayer({
    name: 'leakyRelu',
    about: 'a leaky ReLU',
    keys: () => ({ required: {}, optional: { slope: positive } }),
    build: ({ slope }, { input }) => leakyRelu(input, slope),
    cases: [{ input: [4], config: { slope: 0.1 }, kinks: true }],
  }),
  plain('elu', 'an ELU', (input) => elu(input), { input: [4], kinks: true }),
  plain('gelu', 'a GELU', (input) => gelu(input), { input: [4] }),
  plain('silu', 'a SiLU', (input) => silu(input), { input: [4] }),
  plain('softplus', 'a softplus', (input) => softplus(input), { input: [4] }),
  plain('softmax', 'a softmax', (input) => softmax(input), { input: [2, 4] }),
  defineLayer({
    name: 'reshape',
    about: 'a reshaping',
    keys: () => ({ required: { to: shape }, optional: {} }),
    build: ({ to }, { input }) => reshape(input, to),
    cases: [{ input: [4, 3], config: { to: [2, 6] } }],
  }),
  defineLayer({
    name: 'layerNorm',
    about: 'a layer norm',
    keys: () => ({ required: {}, optional: { epsilon: positive } }),
    build: ({ epsilon }, { input }) => layerNorm(input, epsilon),
    cases: [{ input: [3, 4] }],
  }),
  defineLayer({
    name: 'groupNorm',
    about: 'a group norm',
    keys: () => ({ required: { groups: one }, optional: { epsilon: positive } }),
    build: ({ groups, epsilon }, { input }) => groupNorm(input, groups, epsilon),
    cases: [{ input: [2, 2, 4], config: { groups: 2 } }],
  }),
  defineLayer({
    name: 'batchNorm',
    about: 'a batch norm',
    keys: () => ({ required: {}, optional: { epsilon: positive, momentum: fraction } }),
    build: (config, { input }) => batchNorm(input, config),
    cases: [{ input: [3, 4] }],
  }),
  defineLayer({
    name: 'dropout',
    about: 'a dropout',
    keys: () => ({ required: { rate: fraction }, optional: {} }),
    build: ({ rate }, { input }) => dropout(input, rate),
    cases: [{ input: [4], config: { rate: 0.5 } }],
  }),
];
