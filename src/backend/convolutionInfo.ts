/** Sizes and paddings of a convolution, from what tfjs hands to a kernel. */
import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';
import { fail } from '../core';

export type Info = backend_util.Conv2DInfo;
export type Shape4 = [number, number, number, number];

export const shape4 = (kernel: string, shape: readonly number[]): Shape4 => {
  const [a, b, c, d] = shape;
  return a === undefined || b === undefined || c === undefined || d === undefined || shape.length !== 4
    ? fail('shape', kernel, 'a tensor of four axes', `[${shape.join(', ')}]`)
    : [a, b, c, d];
};

export const shapeAttr = (kernel: string, attrs: NamedAttrMap, name: string): Shape4 => {
  const shape: unknown = attrs[name];
  return shape4(kernel, Array.isArray(shape) ? shape.map(Number) : []);
};

export const infoOf = (
  kernel: string,
  x: readonly number[],
  filter: Shape4,
  attrs: NamedAttrMap,
  depthwise: boolean,
  dilations: [number, number] = [1, 1],
): Info => {
  // Boundary with tfjs: the attributes of these kernels are those that its own `conv2d` was given and checked.
  const { strides, pad, dimRoundingMode } = attrs as {
    strides: [number, number];
    pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computeConv2DInfo(
    shape4(kernel, x),
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
};

/** A pair of numbers, from one or two. */
export const numbers = (attribute: unknown): [number, number] => {
  const [height = 1, width = height]: readonly number[] = Array.isArray(attribute)
    ? attribute.map(Number)
    : [Number(attribute ?? 1)];
  return [height, width];
};
