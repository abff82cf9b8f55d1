/**
 * Gradients of convolutions for the WASM backend that are convolutions themselves, composed of fast
 * kernels: the gradient by the input, and those of depthwise convolutions. (Convolutions and their
 * gradient by the filter are in `convolve.ts`.)
 *
 * The input gradient is the convolution of the cotangent with the rotated filter. With a stride s,
 * all s·s phases of the input are computed at once, as channels of one convolution of stride 1, so
 * no product with a zero is computed. The filter gradient of a depthwise convolution is that of the
 * images with the cotangent as the filter, dilated by s, with batch and channels exchanged.
 */
import {
  Conv2D,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type NamedAttrMap,
  PadV2,
  Reverse,
  Slice,
  Sum,
  type TensorInfo,
  Transpose,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Info, infoOf, numbers, type Shape4, shape4, shapeAttr, sidesOf } from '../convolutionInfo';
import {
  as,
  inputOf,
  kernelOf,
  type Operands,
  replaceKernel,
  run,
  Temporaries,
  type WasmKernel,
} from './kernel';

type Sides = readonly [readonly [number, number], readonly [number, number]];

/** Kernels on tensors whose results live until the end of one call. */
const tools = (backend: BackendWasm, temporary: Temporaries) => {
  const kept = (kernel: string, x: TensorInfo, attrs: NamedAttrMap, name = 'x'): TensorInfo =>
    temporary.keep(run(kernelOf(kernel), backend, { [name]: x }, attrs));
  const transpose = (x: TensorInfo, perm: number[]) => kept(Transpose, x, { perm });
  const slice = (x: TensorInfo, begin: number[], size: number[]) => kept(Slice, x, { begin, size });
  const padded = (x: TensorInfo, paddings: [number, number][]) =>
    paddings.every(([before, after]) => before === 0 && after === 0)
      ? x
      : kept(PadV2, x, { paddings, constantValue: 0 });
  /**
   * Images whose rows and columns are cut off where a padding is negative, and the remaining
   * padding.
   */
  const cropped = (x: TensorInfo, [rows, columns]: Sides): { x: TensorInfo; pad: [number, number][] } => {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    const cut = [rows, columns].map(
      ([before, after]) => [Math.max(0, -before), Math.max(0, -after)] as const,
    );
    const [[top, bottom] = [0, 0], [left, right] = [0, 0]] = cut;
    const pad = (side: readonly [number, number]): [number, number] => [
      Math.max(0, side[0]),
      Math.max(0, side[1]),
    ];
    return {
      x:
        top + bottom + left + right === 0
          ? x
          : slice(x, [0, top, left, 0], [n, h - top - bottom, w - left - right, c]),
      pad: [[0, 0], pad(rows), pad(columns), [0, 0]],
    };
  };
  /** A convolution of stride 1 with any padding on each side, even a negative one. */
  const convolve = (
    kernel: typeof Conv2D | typeof DepthwiseConv2dNative,
    images: TensorInfo,
    filter: TensorInfo,
    sides: Sides,
    dilations: [number, number],
  ): TensorInfo => {
    const { x, pad } = cropped(images, sides);
    const attrs = { strides: [1, 1], pad, dilations, dataFormat: 'NHWC' };
    return temporary.keep(run(kernelOf(kernel), backend, { x, filter }, attrs));
  };
  return { transpose, slice, padded, cropped, convolve, kept };
};

type Tools = ReturnType<typeof tools>;

/**
 * A temporary result as a tensor of its own in its final shape. A reshaped view would be freed with
 * the temporaries.
 */
const owned = (backend: BackendWasm, x: TensorInfo, shape: number[]): TensorInfo => {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
};

/**
 * dw[i, c, u] = Σ x[n, s·p + i, c]·dy[n, p, u] for each channel alone: batch and channels together
 * are the channels of one depthwise convolution.
 */
const depthwiseFilterGradient = (t: Tools, x: TensorInfo, dy: TensorInfo, info: Info): TensorInfo => {
  const { strideHeight: sh, strideWidth: sw, filterHeight, filterWidth, inHeight, inWidth, batchSize } = info;
  const { inChannels, outChannels, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const sides: Sides = [
    [top, filterHeight + (outHeight - 1) * sh - inHeight - top],
    [left, filterWidth + (outWidth - 1) * sw - inWidth - left],
  ];
  const channels = batchSize * inChannels;
  const images = as(t.transpose(x, [1, 2, 0, 3]), [1, inHeight, inWidth, channels]);
  const multiplier = outChannels / inChannels;
  const filter = as(t.transpose(dy, [1, 2, 0, 3]), [outHeight, outWidth, channels, multiplier]);
  const each = t.convolve(DepthwiseConv2dNative, images, filter, sides, [sh, sw]);
  const examples = t.transpose(as(each, [filterHeight * filterWidth, batchSize, outChannels]), [0, 2, 1]);
  return t.kept(Sum, examples, { axis: [2], keepDims: false });
};

/** The filter with both of its spatial axes reversed. */
const rotated = (t: Tools, filter: TensorInfo): TensorInfo => t.kept(Reverse, filter, { dims: [0, 1] });

/**
 * dx[n, q, c] = Σ dy[n, p, u]·w[q − s·p, c, u]. With q = s·a + r, phase r of the input uses the
 * taps s·b + r of the filter: dx[a, r] = Σ_b dy[a − b]·w[s·b + r], a convolution of stride 1 with
 * all phases as channels.
 */
const inputGradient = (t: Tools, dy: TensorInfo, filter: TensorInfo, info: Info): TensorInfo => {
  const { strideHeight: sh, strideWidth: sw, filterHeight: kh, filterWidth: kw, inHeight, inWidth } = info;
  const { outHeight, outWidth, inChannels: c, outChannels: u, batchSize: n } = info;
  const { top, left } = info.padInfo;
  if (sh === 1 && sw === 1) {
    const w = t.transpose(rotated(t, filter), [0, 1, 3, 2]);
    const sides: Sides = [
      [kh - 1 - top, inHeight + top - outHeight],
      [kw - 1 - left, inWidth + left - outWidth],
    ];
    return t.convolve(Conv2D, dy, w, sides, [1, 1]);
  }
  // Zeros in front of the filter, so that the phases of the padded input are those of the input
  // itself.
  const [fh, fw] = [(sh - (top % sh)) % sh, (sw - (left % sw)) % sw];
  const [bh, bw] = [Math.ceil((kh + fh) / sh), Math.ceil((kw + fw) / sw)];
  const full = t.padded(filter, [
    [fh, bh * sh - kh - fh],
    [fw, bw * sw - kw - fw],
    [0, 0],
    [0, 0],
  ]);
  // [bh, sh, bw, sw·C, U] to [bh, bw, U, sh·(sw·C)], by two transposes of at most four axes.
  const rows = t.transpose(as(full, [bh, sh, bw, sw * c * u]), [0, 2, 1, 3]);
  const phases = as(t.transpose(as(rows, [bh * bw, sh * sw * c, u]), [0, 2, 1]), [bh, bw, u, sh * sw * c]);
  const [h, w] = [Math.ceil(inHeight / sh), Math.ceil(inWidth / sw)];
  const [skipped, skippedLeft] = [(top + fh) / sh, (left + fw) / sw];
  const sides: Sides = [
    [bh - 1 - skipped, h - outHeight + skipped],
    [bw - 1 - skippedLeft, w - outWidth + skippedLeft],
  ];
  const apart = t.convolve(Conv2D, dy, rotated(t, phases), sides, [1, 1]);
  const together = as(t.transpose(as(apart, [n * h, w, sh, sw * c]), [0, 2, 1, 3]), [n, h * sh, w * sw, c]);
  return h * sh === inHeight && w * sw === inWidth
    ? together
    : t.slice(together, [0, 0, 0, 0], [n, inHeight, inWidth, c]);
};

/** The same for each channel alone. With a stride, the cotangent gets zeros in between. */
const depthwiseInputGradient = (t: Tools, dy: TensorInfo, filter: TensorInfo, info: Info): TensorInfo => {
  const { strideHeight: sh, strideWidth: sw, filterHeight: kh, filterWidth: kw, inHeight, inWidth } = info;
  const { outHeight, outWidth, inChannels, outChannels, batchSize: n } = info;
  const { top, left } = info.padInfo;
  const spread = (x: TensorInfo, rows: number, s: number, row: number): TensorInfo =>
    t.padded(as(x, [rows, 1, row]), [
      [0, 0],
      [0, s - 1],
      [0, 0],
    ]);
  const wide = spread(dy, n * outHeight * outWidth, sw, outChannels);
  const high = spread(wide, n * outHeight, sh, outWidth * sw * outChannels);
  const [h, w] = [outHeight * sh, outWidth * sw];
  const kernel = as(rotated(t, as(filter, [kh, kw, outChannels, 1])), [kh, kw, outChannels, 1]);
  const sides: Sides = [
    [kh - 1 - top, inHeight + top - h],
    [kw - 1 - left, inWidth + left - w],
  ];
  const each = t.convolve(DepthwiseConv2dNative, as(high, [n, h, w, outChannels]), kernel, sides, [1, 1]);
  const multiplier = outChannels / inChannels;
  if (multiplier === 1) return each;
  return t.kept(Sum, as(each, [n * inHeight * inWidth * inChannels, multiplier]), {
    axis: [1],
    keepDims: false,
  });
};

/**
 * A kernel from a composition. It returns the result of the composition and frees everything else.
 */
const kernel =
  (build: (t: Tools, inputs: Operands, attrs: NamedAttrMap) => readonly [TensorInfo, Shape4]): WasmKernel =>
  ({ inputs, attrs, backend }) => {
    const temporary = new Temporaries(backend);
    try {
      const [result, shape] = build(tools(backend, temporary), inputs, attrs);
      return owned(backend, result, shape);
    } finally {
      temporary.free();
    }
  };

/** The stock depthwise kernel, always called with explicit paddings; see `convolve.ts`. */
const explicit: WasmKernel = ({ inputs, attrs, backend }, stock) => {
  const [x, filter] = [inputOf(inputs, stock.kernelName, 'x'), inputOf(inputs, stock.kernelName, 'filter')];
  const shape = shape4(stock.kernelName, filter.shape);
  const info = infoOf(stock.kernelName, x.shape, shape, attrs, true, numbers(attrs['dilations']));
  return run(stock, backend, { x, filter }, { ...attrs, pad: sidesOf(info.padInfo) });
};

/** A gradient by the input. */
const byInput = (name: string, depthwise: boolean): WasmKernel =>
  kernel((t, inputs, attrs) => {
    const [dy, filter] = [inputOf(inputs, name, 'dy'), inputOf(inputs, name, 'filter')];
    const shape = shapeAttr(name, attrs, 'inputShape');
    const info = infoOf(name, shape, shape4(name, filter.shape), attrs, depthwise);
    return [(depthwise ? depthwiseInputGradient : inputGradient)(t, dy, filter, info), shape];
  });

/** Registers these kernels in place of the stock kernels of the same names. */
export const installWasmConvolution = (): void => {
  replaceKernel(DepthwiseConv2dNative, explicit);
  replaceKernel(Conv2DBackpropInput, byInput(Conv2DBackpropInput, false));
  replaceKernel(DepthwiseConv2dNativeBackpropInput, byInput(DepthwiseConv2dNativeBackpropInput, true));
  const name = DepthwiseConv2dNativeBackpropFilter;
  replaceKernel(
    name,
    kernel((t, inputs, attrs) => {
      const [x, dy] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'dy')];
      const shape = shapeAttr(name, attrs, 'filterShape');
      return [depthwiseFilterGradient(t, x, dy, infoOf(name, x.shape, shape, attrs, true)), shape];
    }),
  );
};
