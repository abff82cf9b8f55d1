/** Layers of images, and of sequences that are slid over. */
import {
  avgPool2d,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  globalAvgPool,
  maxPool2d,
  separableConv2d,
} from '../layer';
import { defineLayer, type LayerEntry } from './entry';
import { images, one, padding, sequence, windowSize } from './sizes';

const sliding = { stride: windowSize, padding };
const dilated = { ...sliding, dilation: windowSize };

export const imageLayers: readonly LayerEntry[] = [
  defineLayer({
    name: 'conv2d',
    about: 'a convolution',
    keys: () => ({ required: { filters: one, size: windowSize }, optional: dilated }),
    build: ({ filters, size, padding: edges = 'same', ...others }, { path, input }) =>
      conv2d(images(path, input), filters, size, { ...others, padding: edges }),
    cases: [
      { name: 'conv2d, valid', input: [4, 4, 2], config: { filters: 2, size: 3, padding: 'valid' } },
      { name: 'conv2d, same', input: [5, 4, 2], config: { filters: 3, size: 3 } },
      {
        name: 'conv2d, stride 2',
        input: [5, 6, 2],
        config: { filters: 2, size: [3, 2], stride: 2, padding: 'valid' },
      },
      {
        name: 'conv2d, dilation 2',
        input: [6, 5, 2],
        config: { filters: 2, size: 2, dilation: 2, padding: 'valid' },
      },
    ],
  }),
  defineLayer({
    name: 'maxPool2d',
    about: 'a max pooling',
    keys: () => ({ required: { size: windowSize }, optional: sliding }),
    build: ({ size, ...others }, { path, input }) => maxPool2d(images(path, input), size, others),
    cases: [{ input: [4, 6, 2], config: { size: 2 }, kinks: true }],
  }),
  defineLayer({
    name: 'avgPool2d',
    about: 'an average pooling',
    keys: () => ({ required: { size: windowSize }, optional: sliding }),
    build: ({ size, ...others }, { path, input }) => avgPool2d(images(path, input), size, others),
    cases: [{ name: 'avgPool2d, same', input: [5, 4, 2], config: { size: 3, stride: 2, padding: 'same' } }],
  }),
  defineLayer({
    name: 'globalAvgPool',
    about: 'a global average pooling',
    keys: () => ({ required: {}, optional: {} }),
    build: (_, { path, input }) => globalAvgPool(images(path, input)),
    cases: [{ input: [3, 4, 2] }],
  }),
  defineLayer({
    name: 'conv1d',
    about: 'a convolution of sequences',
    keys: () => ({
      required: { filters: one, size: one },
      optional: { stride: one, padding, dilation: one },
    }),
    build: ({ filters, size, padding: edges = 'same', ...others }, { path, input }) =>
      conv1d(sequence(path, input), filters, size, { ...others, padding: edges }),
    cases: [
      { input: [6, 2], config: { filters: 3, size: 3 } },
      { name: 'conv1d, kernel 1', input: [4, 3], config: { filters: 2, size: 1, padding: 'valid' } },
    ],
  }),
  defineLayer({
    name: 'conv2dTranspose',
    about: 'a transposed convolution',
    keys: () => ({ required: { filters: one, size: windowSize }, optional: sliding }),
    build: ({ filters, size, padding: edges = 'same', ...others }, { path, input }) =>
      conv2dTranspose(images(path, input), filters, size, { ...others, padding: edges }),
    cases: [{ input: [3, 3, 2], config: { filters: 2, size: 3, stride: 2 } }],
  }),
  defineLayer({
    name: 'depthwiseConv2d',
    about: 'a depthwise convolution',
    keys: () => ({ required: { size: windowSize }, optional: { multiplier: one, ...dilated } }),
    build: ({ size, padding: edges = 'same', ...others }, { path, input }) =>
      depthwiseConv2d(images(path, input), size, { ...others, padding: edges }),
    cases: [{ input: [4, 5, 2], config: { size: 3, multiplier: 2 } }],
  }),
  defineLayer({
    name: 'separableConv2d',
    about: 'a separable convolution',
    keys: () => ({
      required: { filters: one, size: windowSize },
      optional: { multiplier: one, ...dilated },
    }),
    build: ({ filters, size, padding: edges = 'same', ...others }, { path, input }) =>
      separableConv2d(images(path, input), filters, size, { ...others, padding: edges }),
    cases: [{ input: [4, 4, 2], config: { filters: 2, size: 2, padding: 'valid' } }],
  }),
];
