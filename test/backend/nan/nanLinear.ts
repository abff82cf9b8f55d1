/** Pools, products, convolutions, and ops that only move numbers, that a NaN goes into. */
import * as tf from '@tensorflow/tfjs-core';
import { attend, softmaxCrossEntropy } from '../../../src';
import {
  biasedProduct,
  convolve,
  convolveBiased,
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  filterGradient,
  inputGradient,
  normalisedGroups,
  withGain,
  stepped,
} from '../../../src/internal';
import { alongCotangent, gradient, type NanRow, none, size, takes1, takes2, type Unary } from './nanRow';

const images = (x: tf.Tensor): tf.Tensor4D => {
  const [n = 1, h = 1, w = 1, c = 1] = x.shape;
  return tf.reshape<tf.Rank.R4>(x, [n, h, w, c]);
};

interface Pool {
  readonly kernel: 'MaxPool' | 'AvgPool';
  readonly name: string;
  readonly f: Unary;
  readonly input: readonly number[];
  readonly output: readonly number[];
}

const pools: readonly Pool[] = [1, 3, 4, 6].flatMap((channels) =>
  (
    [
      ['2x2', 2, 2, 'valid', [2, 2]],
      ['3x3 by 2, same', 3, 2, 'same', [2, 2]],
      ['3x2 by 1', [3, 2], 1, 'valid', [2, 3]],
      ['1x1', 1, 1, 'valid', [4, 4]],
    ] as const
  ).flatMap(([name, size, stride, pad, output]) =>
    (
      [
        ['MaxPool', tf.maxPool],
        ['AvgPool', tf.avgPool],
      ] as const
    ).map(([kernel, f]): Pool => ({
      kernel,
      name: `${name}, ${channels} channels`,
      f: (x) => f(images(x), typeof size === 'number' ? size : [size[0], size[1]], stride, pad),
      input: [2, 4, 4, channels],
      output: [2, ...output, channels],
    })),
  ),
);

export const pooled: readonly NanRow[] = pools.flatMap(({ kernel, name, f, input, output }) => [
  { name: `${kernel} ${name}`, kernel, shapes: [input], f: takes1(f), reach: 'some' },
  ...(kernel === 'AvgPool'
    ? []
    : [
        {
          name: `gradient of ${kernel} ${name}`,
          kernel: 'MaxPoolGrad',
          shapes: [input],
          f: takes1(gradient(f)),
          reach: 'some',
        } as const,
      ]),
  {
    name: `gradient of ${kernel} ${name} by a cotangent`,
    kernel: `${kernel}Grad`,
    shapes: [output],
    f: takes1((u) => alongCotangent(f, tf.reshape(tf.linspace(0, 1, size(input)), [...input]), u)),
    reach: 'some',
  },
]);

const sliding = { strides: [1, 1], pad: 'same' } as const;
export const linear: readonly NanRow[] = [
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb): NanRow => ({
      name: `BatchMatMul ${ta ? 'Aᵀ' : 'A'}${tb ? 'Bᵀ' : 'B'}`,
      kernel: 'BatchMatMul',
      shapes: [ta ? [5, 7] : [7, 5], tb ? [9, 5] : [5, 9]],
      f: takes2((a, b) => tf.matMul(a, b, ta, tb)),
      reach: 'some',
    })),
  ),
  {
    name: 'BatchMatMul AAᵀ',
    kernel: 'BatchMatMul',
    shapes: [[7, 5]],
    f: takes1((a) => tf.matMul(a, a, false, true)),
    reach: 'some',
  },
  {
    name: 'BiasedMatMul',
    kernel: 'BiasedMatMul',
    shapes: [[9, 5], [11, 5], [11]],
    f: (x = none(), w = none(), b = none()) => biasedProduct(x, w, b),
    reach: 'some',
  },
  {
    name: 'BatchMatMul in batches',
    kernel: 'BatchMatMul',
    shapes: [
      [2, 3, 5],
      [2, 5, 4],
    ],
    f: takes2((a, b) => tf.matMul(a, b)),
    reach: 'some',
  },
  {
    name: 'Conv2D',
    kernel: 'Conv2D',
    shapes: [
      [2, 4, 4, 3],
      [3, 3, 3, 5],
    ],
    f: takes2((x, w) => convolve(x, w, sliding)),
    reach: 'least',
  },
  {
    name: 'Stepped',
    kernel: 'Stepped',
    shapes: [[37], [37]],
    f: takes2((dy, x) => stepped(dy, x)),
    reach: 'same',
  },
  {
    name: 'Normalise',
    kernel: 'Normalise',
    shapes: [[2, 3, 2, 5]],
    f: takes1((x) => normalisedGroups(x, { places: 3, groups: 2, width: 5, epsilon: 1e-5 })),
    reach: 'some',
  },
  {
    name: 'gradient of Normalise',
    kernel: 'NormaliseGradient',
    shapes: [[2, 1, 1, 9]],
    f: takes1(gradient((x) => normalisedGroups(x, { places: 1, groups: 1, width: 9, epsilon: 1e-5 }))),
    reach: 'some',
  },
  ...[false, true].flatMap((causal): NanRow[] => [
    {
      name: `Attend${causal ? ', causal' : ''}`,
      kernel: 'Attend',
      shapes: Array.from({ length: 3 }, () => [2, 5, 6]),
      f: (q = none(), k = none(), v = none()) => attend(5, 6, { heads: 2, causal }).forward([q, k, v]),
      reach: 'some',
    },
    {
      name: `gradient of Attend${causal ? ', causal' : ''}`,
      kernel: 'AttendGradient',
      shapes: [[2, 5, 6]],
      f: takes1(gradient((x) => attend(5, 6, { heads: 2, causal }).forward([x, x, x]))),
      reach: 'some',
    },
  ]),
  {
    name: 'GainAndBias',
    kernel: 'GainAndBias',
    shapes: [[3, 7], [7], [7]],
    f: (x = none(), gain = none(), bias = none()) => withGain(x, gain, bias),
    reach: 'some',
  },
  {
    name: 'gradient of GainAndBias',
    kernel: 'GainAndBiasGradient',
    shapes: [[3, 7], [7]],
    f: takes2((x, gain) =>
      tf.concat([
        gradient((t) => withGain(x, t, t))(gain),
        tf.reshape(gradient((t) => withGain(t, gain, gain))(x), [-1]),
      ]),
    ),
    reach: 'some',
  },
  {
    name: 'ClassLosses',
    kernel: 'ClassLosses',
    shapes: [[3, 5]],
    f: takes1((z) => softmaxCrossEntropy.each(z, tf.tensor1d([4, 0, 2], 'int32'))),
    reach: 'some',
  },
  {
    name: 'gradient of ClassLosses',
    kernel: 'ClassLossesGradient',
    shapes: [[3, 5]],
    f: takes1(gradient((z) => softmaxCrossEntropy.each(z, tf.tensor1d([4, 0, 2], 'int32')))),
    reach: 'some',
  },
  {
    name: 'BiasedConv2D',
    kernel: 'BiasedConv2D',
    shapes: [[1, 4, 4, 2], [3, 3, 2, 5], [5]],
    f: (x = none(), w = none(), b = none()) => convolveBiased(x, w, b, sliding),
    reach: 'least',
  },
  {
    name: 'Conv2DBackpropInput',
    kernel: 'Conv2DBackpropInput',
    shapes: [
      [1, 4, 4, 5],
      [3, 3, 2, 5],
    ],
    f: takes2((dy, w) => inputGradient(dy, w, [1, 4, 4, 2], sliding)),
    reach: 'least',
  },
  {
    name: 'Conv2DBackpropFilter',
    kernel: 'Conv2DBackpropFilter',
    shapes: [
      [2, 4, 4, 2],
      [2, 4, 4, 5],
    ],
    f: takes2((x, dy) => filterGradient(x, dy, [3, 3, 2, 5], sliding)),
    reach: 'least',
  },
  {
    name: 'DepthwiseConv2dNative',
    kernel: 'DepthwiseConv2dNative',
    shapes: [
      [1, 4, 4, 3],
      [3, 3, 3, 2],
    ],
    f: takes2((x, w) => convolveDepthwise(x, w, sliding)),
    reach: 'least',
  },
  {
    name: 'DepthwiseConv2dNativeBackpropInput',
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    shapes: [
      [1, 4, 4, 3],
      [3, 3, 3, 1],
    ],
    f: takes2((dy, w) => depthwiseInputGradient(dy, w, [1, 4, 4, 3], sliding)),
    reach: 'least',
  },
  {
    name: 'DepthwiseConv2dNativeBackpropFilter',
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    shapes: [
      [1, 4, 4, 3],
      [1, 4, 4, 3],
    ],
    f: takes2((x, dy) => depthwiseFilterGradient(x, dy, [3, 3, 3, 1], sliding)),
    reach: 'least',
  },
];

const moves: readonly (readonly [string, Unary])[] = [
  ['Cast', (x) => tf.cast(x, 'float32')],
  ['Reshape', (x) => tf.reshape(x, [7, 3])],
  ['Transpose', (x) => tf.transpose(x)],
  ['Reverse', (x) => tf.reverse(x, 1)],
  ['Slice', (x) => tf.concat([tf.slice(x, [0, 0], [3, 4]), tf.slice(x, [0, 4], [3, 3])], 1)],
  ['StridedSlice', (x) => tf.stridedSlice(x, [0, 0], [3, 7], [1, 1])],
  ['PadV2', (x) => tf.pad(x, [[1, 0], [0, 2]])], // prettier-ignore
  ['Tile', (x) => tf.tile(x, [2, 2])],
  ['GatherV2', (x) => tf.gather(x, tf.tensor1d([2, 0, 1], 'int32'))],
  ['Concat', (x) => tf.concat([x, x], 1)],
  ['Pack', (x) => tf.stack([x, x])],
  ['Unpack', (x) => tf.stack(tf.unstack(x, 1), 1)],
  ['SplitV', (x) => tf.concat(tf.split(x, [3, 4], 1), 1)],
  ['ScatterNd', (x) => tf.scatterND(tf.tensor2d([[3], [0], [1]], [3, 1], 'int32'), x, [5, 7])],
];

export const moved: readonly NanRow[] = moves.map(([kernel, f]) => ({
  name: kernel,
  kernel,
  shapes: [[3, 7]],
  f: takes1(f),
  reach: 'some',
}));
