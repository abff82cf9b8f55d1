/**
 * Gradients of convolutions. A convolution is trilinear in images, filter and outputs, so its three
 * maps (see `src/ops/convolution.ts`) are each other's derivatives, to any order.
 */
import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type NamedAttrMap,
  pad,
  reshape,
  slice,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { fail } from '../../core';
import {
  convolve,
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  filterGradient,
  inputGradient,
  type SidePadding,
  type Sliding,
} from '../../ops';
import { numbersAttr, rule, saved, type GradientRule } from './rule';

/** The three maps of one kind of convolution. */
interface Maps {
  readonly forward: typeof convolve;
  readonly input: typeof inputGradient;
  readonly filter: typeof filterGradient;
}

const dense: Maps = { forward: convolve, input: inputGradient, filter: filterGradient };
const depthwise: Maps = {
  forward: convolveDepthwise,
  input: depthwiseInputGradient,
  filter: depthwiseFilterGradient,
};

const pairAttr = (attribute: NamedAttrMap[string] | undefined): readonly [number, number] => {
  const [height = 1, width = height] = numbersAttr(attribute);
  return [height, width];
};

const isSide = (side: unknown): side is [number, number] =>
  Array.isArray(side) && side.length === 2 && side.every((n) => typeof n === 'number');

const isSidePadding = (padding: unknown): padding is SidePadding =>
  Array.isArray(padding) && padding.length === 4 && padding.every(isSide);

const slidingOf = (attrs: NamedAttrMap): Sliding => {
  const { strides } = attrs;
  const padding: unknown = attrs['pad'];
  const format: unknown = attrs['dataFormat'];
  const rounding: unknown = attrs['dimRoundingMode'];
  if (format != null && format !== 'NHWC')
    fail('gradient', 'convolution', 'images [N, H, W, C]', 'another format');
  if (rounding != null && rounding !== 'floor')
    fail('gradient', 'convolution', 'sizes rounded down', 'another rounding');
  if (typeof padding === 'number') {
    const side: [number, number] = [padding, padding];
    return { strides: pairAttr(strides), pad: [[0, 0], side, side, [0, 0]] };
  }
  return padding === 'same' || padding === 'valid' || isSidePadding(padding)
    ? { strides: pairAttr(strides), pad: padding }
    : fail('gradient', 'convolution', 'a padding', typeof padding);
};

/** x as [before, axis, after]. */
const around = (x: Tensor, axis: number): readonly [number, number, number] => {
  const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
  return [product(x.shape.slice(0, axis)), x.shape[axis] ?? 1, product(x.shape.slice(axis + 1))];
};

const withAxis = (x: Tensor, like: Tensor, axis: number, length: number): Tensor =>
  reshape(
    x,
    like.shape.map((dim, i) => (i === axis ? length : dim)),
  );

/** d − 1 zeros between the entries along an axis: a length k becomes (k − 1)·d + 1. */
const spread = (x: Tensor, axis: number, d: number): Tensor => {
  if (d === 1) return x;
  const [before, k, behind] = around(x, axis);
  const length = (k - 1) * d + 1;
  const gap: [number, number][] = [[0, 0], [0, 0], [0, d - 1], [0, 0]]; // prettier-ignore
  const spaced = reshape(pad(reshape(x, [before, k, 1, behind]), gap), [before, k * d, behind]);
  return withAxis(slice(spaced, [0, 0, 0], [before, length, behind]), x, axis, length);
};

/** The adjoint of `spread`: every d-th entry. */
const every = (x: Tensor, axis: number, d: number): Tensor => {
  if (d === 1) return x;
  const [before, length, behind] = around(x, axis);
  const k = (length - 1) / d + 1;
  const rest: [number, number][] = [[0, 0], [0, d - 1], [0, 0]]; // prettier-ignore
  const cut = reshape(pad(reshape(x, [before, length, behind]), rest), [before, k, d, behind]);
  return withAxis(slice(cut, [0, 0, 0, 0], [before, k, 1, behind]), x, axis, k);
};

/**
 * The partial derivatives of the forward op. A dilated filter is a filter with zeros in between, as
 * the kernels of the other two maps do not support dilation.
 */
const partials = (maps: Maps, dy: Tensor, kept: readonly Tensor[], attrs: NamedAttrMap) => {
  const [x, filter] = [saved(kept, 0), saved(kept, 1)];
  const sliding = slidingOf(attrs);
  const [dh, dw] = pairAttr(attrs['dilations']);
  const dilated = (): Tensor => spread(spread(filter, 0, dh), 1, dw);
  const [kh = 1, kw = 1, ...channels] = filter.shape;
  const dilatedShape = [(kh - 1) * dh + 1, (kw - 1) * dw + 1, ...channels];
  return {
    x: () => maps.input(dy, dilated(), x.shape, sliding),
    filter: () => every(every(maps.filter(x, dy, dilatedShape, sliding), 0, dh), 1, dw),
  };
};

const forwardRule = (kernelName: string, maps: Maps): GradientRule =>
  rule(kernelName, ['x', 'filter'], (dy, kept, attrs) => partials(maps, dy, kept, attrs));

/** The forward map with a bias, which is added at every place of every image. */
const biasedRule: GradientRule = rule('BiasedConv2D', ['x', 'filter'], (dy, kept, attrs) => ({
  ...partials(dense, dy, kept, attrs),
  bias: () => sum(dy, [0, 1, 2]),
}));

const inputRule = (kernelName: string, maps: Maps): GradientRule =>
  rule(kernelName, ['dy', 'filter'], (cotangent, kept, attrs) => {
    const [dy, filter] = [saved(kept, 0), saved(kept, 1)];
    const sliding = slidingOf(attrs);
    return {
      dy: () => maps.forward(cotangent, filter, sliding),
      filter: () => maps.filter(cotangent, dy, filter.shape, sliding),
    };
  });

const filterRule = (kernelName: string, maps: Maps): GradientRule =>
  rule(kernelName, ['x', 'dy'], (cotangent, kept, attrs) => {
    const [x, dy] = [saved(kept, 0), saved(kept, 1)];
    const sliding = slidingOf(attrs);
    return {
      x: () => maps.input(dy, cotangent, x.shape, sliding),
      dy: () => maps.forward(x, cotangent, sliding),
    };
  });

export const convolution: readonly GradientRule[] = [
  forwardRule(Conv2D, dense),
  biasedRule,
  inputRule(Conv2DBackpropInput, dense),
  filterRule(Conv2DBackpropFilter, dense),
  forwardRule(DepthwiseConv2dNative, depthwise),
  inputRule(DepthwiseConv2dNativeBackpropInput, depthwise),
  filterRule(DepthwiseConv2dNativeBackpropFilter, depthwise),
];
