/**
 * The gradients of convolutions for the WASM backend, as compositions of its fast kernels.
 *
 * tfjs has no filter gradient there, and an input gradient that is a scalar loop. Both are convolutions again, which
 * XNNPACK runs: the filter gradient is the convolution of the images with the cotangent as filter, batch and
 * channels exchanged; the input gradient that of the cotangent with the rotated filter.
 *
 * With a stride s the filter gradient is dilated by s; the input gradient is taken in the s·s phases of the input
 * at once, as channels of one convolution of stride 1, so that no product with a zero is formed.
 */
import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  PadV2,
  registerKernel,
  Reverse,
  Slice,
  Sum,
  type TensorInfo,
  Transpose,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../core';
import { as, inputOf, kernelOf, type Operands, run, Temporaries } from './wasmKernel';

type Info = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];
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
  /** Images with rows and columns cut off where a padding is negative; what is left to pad. */
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
  /** A convolution of stride 1 with any padding on each side, also a negative one. */
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

const shape4 = (kernel: string, shape: readonly number[]): Shape4 => {
  const [a, b, c, d] = shape;
  return a === undefined || b === undefined || c === undefined || d === undefined || shape.length !== 4
    ? fail('shape', kernel, 'a tensor of four axes', `[${shape.join(', ')}]`)
    : [a, b, c, d];
};

const shapeAttr = (kernel: string, attrs: NamedAttrMap, name: string): Shape4 => {
  const shape: unknown = attrs[name];
  return shape4(kernel, Array.isArray(shape) ? shape.map(Number) : []);
};

const infoOf = (
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

/**
 * The result whose numbers are those of a temporary: as a tensor of its own in its final shape. A reshaped view would
 * be freed with the temporaries.
 */
const owned = (backend: BackendWasm, x: TensorInfo, shape: number[]): TensorInfo => {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
};

/** dw[i, c, u] = Σ x[n, s·p + i, c]·dy[n, p, u]: the images [C, H, W, N] under the filter [H', W', N, U]. */
const filterGradient = (t: Tools, x: TensorInfo, dy: TensorInfo, info: Info): TensorInfo => {
  const { strideHeight: sh, strideWidth: sw, filterHeight, filterWidth, inHeight, inWidth } = info;
  const { top, left } = info.padInfo;
  const span = (outputs: number, stride: number): number => (outputs - 1) * stride;
  const sides: Sides = [
    [top, filterHeight + span(info.outHeight, sh) - inHeight - top],
    [left, filterWidth + span(info.outWidth, sw) - inWidth - left],
  ];
  const images = t.transpose(x, [3, 1, 2, 0]);
  const filter = t.transpose(dy, [1, 2, 0, 3]);
  return t.transpose(t.convolve(Conv2D, images, filter, sides, [sh, sw]), [1, 2, 0, 3]);
};

/** The same for each channel alone: batch and channels together are the channels of one depthwise convolution. */
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
 * dx[n, q, c] = Σ dy[n, p, u]·w[q − s·p, c, u]. With q = s·a + r the phase r of the input sees the taps s·b + r of
 * the filter: dx[a, r] = Σ_b dy[a − b]·w[s·b + r], a convolution of stride 1 with all phases as channels.
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
  // Zeros in front of the filter, so that the phases of the padded input are those of the input itself.
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

/** The same for each channel alone; with a stride, over the cotangent with zeros in between. */
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

/** A kernel of a name from a composition; the composition's result is handed on, all else is freed. */
const kernel = (
  kernelName: string,
  build: (t: Tools, inputs: Operands, attrs: NamedAttrMap) => readonly [TensorInfo, Shape4],
): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs = {}, backend: anyBackend }) => {
    // Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which.
    const backend = anyBackend as BackendWasm;
    const temporary = new Temporaries(backend);
    try {
      const [result, shape] = build(tools(backend, temporary), inputs, attrs);
      return owned(backend, result, shape);
    } finally {
      temporary.free();
    }
  },
});

const kernels: readonly KernelConfig[] = [false, true].flatMap((depthwise) => {
  const filterName = depthwise ? DepthwiseConv2dNativeBackpropFilter : Conv2DBackpropFilter;
  const inputName = depthwise ? DepthwiseConv2dNativeBackpropInput : Conv2DBackpropInput;
  return [
    kernel(filterName, (t, inputs, attrs) => {
      const [x, dy] = [inputOf(inputs, filterName, 'x'), inputOf(inputs, filterName, 'dy')];
      const shape = shapeAttr(filterName, attrs, 'filterShape');
      const info = infoOf(filterName, x.shape, shape, attrs, depthwise);
      return [(depthwise ? depthwiseFilterGradient : filterGradient)(t, x, dy, info), shape];
    }),
    kernel(inputName, (t, inputs, attrs) => {
      const [dy, filter] = [inputOf(inputs, inputName, 'dy'), inputOf(inputs, inputName, 'filter')];
      const shape = shapeAttr(inputName, attrs, 'inputShape');
      const info = infoOf(inputName, shape, shape4(inputName, filter.shape), attrs, depthwise);
      return [(depthwise ? depthwiseInputGradient : inputGradient)(t, dy, filter, info), shape];
    }),
  ];
});

/**
 * The stock forward kernels, always called with explicit paddings. Left to themselves they hand 'same' on to XNNPACK,
 * which gives zeros where the stride is larger than the filter; and a padding by one number counts the outputs of
 * both axes by the height of the filter, and then writes beyond the tensor that it made.
 */
const explicit = (stock: KernelConfig, depthwise: boolean): KernelConfig => {
  const proxpropConvolution: KernelConfig['kernelFunc'] = ({ inputs, attrs = {}, backend }) => {
    const [x, filter] = [inputOf(inputs, stock.kernelName, 'x'), inputOf(inputs, stock.kernelName, 'filter')];
    const padding: unknown = attrs['pad'];
    if (padding !== 'same' && typeof padding !== 'number')
      return stock.kernelFunc({ inputs, attrs, backend });
    const info = infoOf(
      stock.kernelName,
      x.shape,
      shape4(stock.kernelName, filter.shape),
      attrs,
      depthwise,
      numbers(attrs['dilations']),
    );
    const { top, bottom, left, right } = info.padInfo;
    const pad = [[0, 0], [top, bottom], [left, right], [0, 0]]; // prettier-ignore
    return stock.kernelFunc({ inputs, attrs: { ...attrs, pad }, backend });
  };
  return { ...stock, kernelFunc: proxpropConvolution };
};

const numbers = (attribute: unknown): [number, number] => {
  const [height = 1, width = height]: readonly number[] = Array.isArray(attribute)
    ? attribute.map(Number)
    : [Number(attribute ?? 1)];
  return [height, width];
};

/** Register these kernels in place of what the WASM backend has under their names; once. */
export const installWasmConvolution = (): void => {
  for (const config of kernels) {
    const { kernelName } = config;
    const present = getKernel(kernelName, 'wasm');
    if (present?.kernelFunc === config.kernelFunc) continue;
    if (present != null) unregisterKernel(kernelName, 'wasm');
    registerKernel(config);
  }
  for (const [name, depthwise] of [
    [Conv2D, false],
    [DepthwiseConv2dNative, true],
  ] as const) {
    const stock = kernelOf(name);
    if (stock.kernelFunc.name === 'proxpropConvolution') continue;
    unregisterKernel(name, 'wasm');
    registerKernel(explicit(stock, depthwise));
  }
};
