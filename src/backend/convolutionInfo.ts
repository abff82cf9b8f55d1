/** Sizes and paddings of a convolution, from the arguments that tfjs passes to a kernel. */
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

/**
 * A padding by one number as that number on each side. Given the number itself, tfjs computes the
 * outputs of both axes from the height of the filter and of the stride.
 */
export const bySides = <P>(pad: P | number): P | backend_util.ExplicitPadding =>
  typeof pad === 'number'
    ? [[0, 0], [pad, pad], [pad, pad], [0, 0]] // prettier-ignore
    : pad;

/** The padding of each side of a convolution. */
export const sidesOf = ({ top, bottom, left, right }: Info['padInfo']): backend_util.ExplicitPadding =>
  [[0, 0], [top, bottom], [left, right], [0, 0]]; // prettier-ignore

/** A convolution with at least one output place, which kernels rely on. */
export const fitting = (kernel: string, info: Info): Info => {
  const { top, bottom, left, right } = info.padInfo;
  const [height, width] = [info.inHeight + top + bottom, info.inWidth + left + right];
  return info.outHeight >= 1 && info.outWidth >= 1
    ? info
    : fail(
        'shape',
        kernel,
        'a filter that fits into the images',
        `[${info.effectiveFilterHeight}, ${info.effectiveFilterWidth}] in [${height}, ${width}]`,
      );
};

export const infoOf = (
  kernel: string,
  x: readonly number[],
  filter: Shape4,
  attrs: NamedAttrMap,
  depthwise: boolean,
  dilations: [number, number] = [1, 1],
): Info => {
  // Boundary with tfjs: the attributes of these kernels are those that its own `conv2d` was given
  // and checked.
  const { strides, pad, dimRoundingMode, dataFormat } = attrs as {
    strides: [number, number];
    pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: string;
  };
  if (dataFormat != null && dataFormat !== 'NHWC')
    fail('backend', `wasm ${kernel}`, 'images [N, H, W, C], dataFormat NHWC', dataFormat);
  return fitting(
    kernel,
    backend_util.computeConv2DInfo(
      shape4(kernel, x),
      filter,
      strides,
      dilations,
      bySides(pad),
      dimRoundingMode,
      depthwise,
    ),
  );
};

/** A pair of numbers, from one or two. */
export const numbers = (attribute: unknown): [number, number] => {
  const [height = 1, width = height]: readonly number[] = Array.isArray(attribute)
    ? attribute.map(Number)
    : [Number(attribute ?? 1)];
  return [height, width];
};
