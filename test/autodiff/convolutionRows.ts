/** Convolutions and pooling: strides, dilations and paddings of every kind, for the table of ops. */
import * as tf from '@tensorflow/tfjs-core';
import { type Sliding } from '../../src';
import {
  convolve,
  convolveBiased,
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  filterGradient,
  inputGradient,
} from '../../src/internal';
import { type OpRow } from './opTable';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Shape = readonly number[];

const four = (x: tf.Tensor): tf.Tensor4D => {
  const [a = 1, b = 1, c = 1, d = 1] = x.shape;
  return tf.reshape<tf.Rank.R4>(x, [a, b, c, d]);
};

const three = (x: tf.Tensor): tf.Tensor3D => {
  const [a = 1, b = 1, c = 1] = x.shape;
  return tf.reshape<tf.Rank.R3>(x, [a, b, c]);
};

const none = (): never => {
  throw new RangeError('a row has as many inputs as its function takes');
};

/** A bilinear map of two tensors: its second derivative is the other map, tested by the square of one side. */
const bilinear = (kernel: string, name: string, shapes: readonly [Shape, Shape], f: Binary): OpRow => ({
  kernel,
  name: `${kernel}: ${name}`,
  inputs: shapes.map((shape) => ({ shape, low: -1, high: 1 })),
  f: (a = none(), b = none()) => tf.square(f(a, b)),
  order: 2,
});

/** A convolution with a bias: one kernel where the backend has it, else two ops. */
const biased = (
  name: string,
  shape: Shape,
  sliding: Sliding,
  dilations?: readonly [number, number],
): OpRow => ({
  kernel: 'BiasedConv2D',
  name: `BiasedConv2D: ${name}`,
  inputs: [images, shape, [shape.at(-1) ?? 0]].map((of) => ({ shape: of, low: -1, high: 1 })),
  f: (x = none(), w = none(), b = none()) => tf.square(convolveBiased(x, w, b, sliding, dilations)),
  order: 2,
});

const pooled = (kernel: string, name: string, shape: Shape, f: (x: tf.Tensor4D) => tf.Tensor): OpRow => ({
  kernel,
  name: `${kernel}: ${name}`,
  inputs: [{ shape, low: -1, high: 1 }],
  f: (x = none()) => tf.square(f(four(x))),
  order: 2,
});

const images: Shape = [2, 6, 5, 2];
const filter: Shape = [3, 2, 2, 3];

/** Name, sliding, and the filter that it is tested with. */
const slidings: readonly (readonly [string, Sliding, Shape])[] = [
  ['valid', { strides: [1, 1], pad: 'valid' }, filter],
  ['same', { strides: [1, 1], pad: 'same' }, filter],
  ['same, one wide', { strides: [1, 1], pad: 'same' }, [1, 1, 2, 2]],
  ['strides 2, 2, valid', { strides: [2, 2], pad: 'valid' }, filter],
  ['strides 2, 2, same', { strides: [2, 2], pad: 'same' }, filter],
  ['strides 3, 2, same', { strides: [3, 2], pad: 'same' }, [2, 2, 2, 2]],
  ['stride beyond the filter', { strides: [3, 3], pad: 'valid' }, [1, 2, 2, 2]],
  ['one wide, strides 2, 2', { strides: [2, 2], pad: 'valid' }, [1, 1, 2, 2]],
  ['padding 1', { strides: [1, 1], pad: [[0, 0], [1, 1], [1, 1], [0, 0]] }, filter], // prettier-ignore
  ['strides beyond the filter, same', { strides: [3, 3], pad: 'same' }, [2, 2, 2, 2]],
  [
    'a side of its own each, more than the filter',
    { strides: [1, 1], pad: [[0, 0], [0, 3], [2, 1], [0, 0]] }, // prettier-ignore
    filter,
  ],
];

/** Depthwise filters have a multiplier in place of the outputs. */
const depthwiseShape = ([h = 1, w = 1]: Shape, multiplier: number): Shape => [h, w, 2, multiplier];

/** The three maps of a convolution, each in both of its arguments. The shape of its outputs is taken on trust. */
const trilinear = (name: string, sliding: Sliding, shape: Shape, out: Shape): readonly OpRow[] => [
  bilinear('Conv2D', name, [images, shape], (x, w) => convolve(x, w, sliding)),
  bilinear('Conv2DBackpropInput', name, [out, shape], (y, w) => inputGradient(y, w, images, sliding)),
  bilinear('Conv2DBackpropFilter', name, [images, out], (x, y) => filterGradient(x, y, shape, sliding)),
];

const trilinearDepthwise = (name: string, sliding: Sliding, shape: Shape, out: Shape): readonly OpRow[] => [
  bilinear('DepthwiseConv2dNative', name, [images, shape], (x, w) => convolveDepthwise(x, w, sliding)),
  bilinear('DepthwiseConv2dNativeBackpropInput', name, [out, shape], (y, w) =>
    depthwiseInputGradient(y, w, images, sliding),
  ),
  bilinear('DepthwiseConv2dNativeBackpropFilter', name, [images, out], (x, y) =>
    depthwiseFilterGradient(x, y, shape, sliding),
  ),
];

const outputsOf = (sliding: Sliding, shape: Shape, depthwise: boolean): Shape => {
  const [n = 0, h = 0, w = 0, c = 0] = images;
  const [kh = 0, kw = 0, , last = 0] = shape;
  const info = tf.backend_util.computeConv2DInfo(
    [n, h, w, c],
    [kh, kw, c, last],
    [...sliding.strides],
    1,
    sliding.pad,
    undefined,
    depthwise,
  );
  return info.outShape;
};

export const convolutionRows: readonly OpRow[] = [
  ...slidings.map(([name, sliding, shape]) => biased(name, shape, sliding)),
  biased('dilated by 2 and 3, same', [2, 2, 2, 2], { strides: [1, 1], pad: 'same' }, [2, 3]),
  ...slidings.flatMap(([name, sliding, shape]) =>
    trilinear(name, sliding, shape, outputsOf(sliding, shape, false)),
  ),
  ...slidings.flatMap(([name, sliding, shape], i) => {
    const own = depthwiseShape(shape, 1 + (i % 2));
    return trilinearDepthwise(name, sliding, own, outputsOf(sliding, own, true));
  }),
  bilinear('Conv2D', 'padded by one number', [images, [3, 3, 2, 2]], (x, w) =>
    tf.conv2d(four(x), four(w), 1, 1),
  ),
  bilinear('Conv2D', 'padded by one number, strides 2, 1', [images, [3, 2, 2, 2]], (x, w) =>
    tf.conv2d(four(x), four(w), [2, 1], 1),
  ),
  bilinear('DepthwiseConv2dNative', 'padded by one number, strides 1, 2', [images, [3, 2, 2, 2]], (x, w) =>
    tf.depthwiseConv2d(four(x), four(w), [1, 2], 1),
  ),
  bilinear(
    'composed',
    'conv2dTranspose padded by one number, strides 2, 1',
    [
      [2, 3, 6, 2],
      [3, 2, 2, 2],
    ],
    (x, w) => tf.conv2dTranspose(four(x), four(w), [2, 6, 5, 2], [2, 1], 1),
  ),
  bilinear('Conv2D', 'dilated by 2, valid', [images, [3, 2, 2, 2]], (x, w) =>
    tf.conv2d(four(x), four(w), 1, 'valid', 'NHWC', 2),
  ),
  bilinear('Conv2D', 'dilated by 2 and 3, same', [images, [2, 2, 2, 2]], (x, w) =>
    tf.conv2d(four(x), four(w), 1, 'same', 'NHWC', [2, 3]),
  ),
  bilinear('DepthwiseConv2dNative', 'dilated by 2, same', [images, [3, 2, 2, 2]], (x, w) =>
    tf.depthwiseConv2d(four(x), four(w), 1, 'same', 'NHWC', 2),
  ),
  bilinear(
    'composed',
    'conv1d, stride 2',
    [
      [2, 7, 2],
      [3, 2, 3],
    ],
    (x, w) => tf.conv1d(three(x), three(w), 2, 'same'),
  ),
  bilinear(
    'composed',
    'conv2dTranspose, strides 2',
    [
      [2, 3, 2, 2],
      [3, 3, 2, 2],
    ],
    (x, w) => tf.conv2dTranspose(four(x), four(w), [2, 6, 4, 2], 2, 'same'),
  ),
  bilinear('composed', 'separableConv2d', [images, [3, 3, 2, 2]], (x, w) =>
    tf.separableConv2d(
      four(x),
      four(w),
      four(tf.slice(tf.tile(w, [1, 1, 2, 1]), [0, 0, 0, 0], [1, 1, 4, 2])),
      1,
      'same',
    ),
  ),
  pooled('MaxPool', '2 by 2', [2, 4, 4, 2], (x) => tf.maxPool(x, 2, 2, 'valid')),
  pooled('MaxPool', '3 by 2, strides 2, 1, same', [2, 5, 4, 2], (x) => tf.maxPool(x, [3, 2], [2, 1], 'same')),
  pooled('MaxPool', '2 by 2, a row left over', [2, 5, 5, 1], (x) => tf.maxPool(x, 2, 2, 'valid')),
  pooled('MaxPoolGrad', 'by its cotangent', [2, 4, 4, 2], (x) =>
    tf.mul(tf.maxPool(x, 2, 2, 'valid'), tf.maxPool(tf.neg(x), 2, 2, 'valid')),
  ),
  pooled('AvgPool', '2 by 2', [2, 4, 4, 2], (x) => tf.avgPool(x, 2, 2, 'valid')),
  pooled('AvgPool', '2 by 3, a row left over', [2, 5, 6, 2], (x) => tf.avgPool(x, [2, 3], [2, 3], 'valid')),
  pooled('AvgPool', '2 by 2, same, a row beyond', [2, 5, 4, 2], (x) => tf.avgPool(x, 2, 2, 'same')),
  pooled('AvgPool', '2 by 2, same, a column beyond', [2, 4, 5, 2], (x) => tf.avgPool(x, 2, 2, 'same')),
  pooled('AvgPool', '2 by 2, strides 2, 1', [2, 4, 4, 2], (x) => tf.avgPool(x, 2, [2, 1], 'valid')),
  pooled('AvgPool', '2 by 2, strides 1, 2', [2, 4, 4, 2], (x) => tf.avgPool(x, 2, [1, 2], 'valid')),
  pooled('AvgPool', 'padded by one number', [2, 4, 4, 2], (x) => tf.avgPool(x, 2, 2, 1)),
  pooled('MaxPool', 'padded by one number', [2, 4, 4, 2], (x) => tf.maxPool(x, 2, 2, 1)),
  pooled('AvgPool', '3 by 3, strides 2, same', [2, 5, 4, 2], (x) => tf.avgPool(x, 3, 2, 'same')),
];
