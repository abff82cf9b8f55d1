/**
 * Convolutions and pooling over images, batch × height × width × channels, with their derivatives.
 *
 * Each is one walk over all pairs of an output pixel and an input pixel in its window. A
 * convolution and its two derivatives differ only in which of the three tensors of x · w → y
 * receives the sums.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { type Values } from '../backend';
import { bySides, fitting } from '../../convolutionInfo';
import { numberAt, type HostCall, type HostKernel, type KernelTable, size } from './call';

type Info = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

const shape4 = (call: HostCall, name: string, shape: readonly number[]): Shape4 => {
  const [a, b, c, d] = shape;
  if (shape.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined)
    return call.fault(name, 'a shape of rank 4', shape);
  return [a, b, c, d];
};

/** A pair of numbers, or one number that stands for both. */
const pair = (call: HostCall, name: string): [number, number] => {
  const [height, width] = call.numbers(name);
  if (height === undefined) return call.fault(name, 'one number or two', call.attribute(name));
  return [height, width ?? height];
};

const padding = (call: HostCall): 'same' | 'valid' | number | backend_util.ExplicitPadding => {
  const pad = call.attribute('pad');
  if (pad === 'same' || pad === 'valid' || typeof pad === 'number') return pad;
  const sides = call.rows('pad').map(([before = 0, after = 0]): [number, number] => [before, after]);
  const [a, b, c, d] = sides;
  return a && b && c && d ? [a, b, c, d] : call.fault('pad', 'paddings of 4 axes', pad);
};

const rounding = (call: HostCall): 'floor' | 'round' | 'ceil' | undefined => {
  const mode = call.attribute('dimRoundingMode') ?? undefined;
  if (mode === undefined || mode === 'floor' || mode === 'round' || mode === 'ceil') return mode;
  return call.fault('dimRoundingMode', 'floor, round or ceil', mode);
};

const convolutionInfo = (
  call: HostCall,
  x: readonly number[],
  w: readonly number[],
  depthwise: boolean,
): Info => {
  const format = call.attribute('dataFormat') ?? 'NHWC';
  if (format !== 'NHWC') return call.fault('dataFormat', 'NHWC', format);
  return fitting(
    `float64 ${call.name}`,
    backend_util.computeConv2DInfo(
      shape4(call, 'x', x),
      shape4(call, 'filter', w),
      pair(call, 'strides'),
      call.attribute('dilations') == null ? 1 : pair(call, 'dilations'),
      bySides(padding(call)),
      rounding(call),
      depthwise,
    ),
  );
};

const poolInfo = (call: HostCall, x: readonly number[]): Info =>
  backend_util.computePool2DInfo(
    shape4(call, 'x', x),
    pair(call, 'filterSize'),
    pair(call, 'strides'),
    1,
    padding(call),
    rounding(call),
  );

/**
 * The taps of one axis: which input position lies under which filter position, for the output
 * position.
 */
const taps = (
  output: number,
  stride: number,
  pad: number,
  filter: number,
  dilation: number,
  extent: number,
) =>
  Array.from({ length: filter }, (_, f) => ({ f, input: output * stride - pad + f * dilation })).filter(
    ({ input }) => input >= 0 && input < extent,
  );

/**
 * Calls `visit` with the numbers of an output pixel, an input pixel in its window, and the filter
 * pixel between.
 */
const eachTap = (info: Info, visit: (output: number, input: number, filter: number) => void): void => {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  for (let n = 0; n < batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      const rows = taps(row, info.strideHeight, padInfo.top, filterHeight, info.dilationHeight, inHeight);
      for (let column = 0; column < outWidth; column++) {
        const columns = taps(
          column,
          info.strideWidth,
          padInfo.left,
          filterWidth,
          info.dilationWidth,
          inWidth,
        );
        const output = (n * outHeight + row) * outWidth + column;
        for (const { f: r, input: y } of rows)
          for (const { f: c, input: x } of columns)
            visit(output, (n * inHeight + y) * inWidth + x, r * filterWidth + c);
      }
    }
  }
};

/**
 * Calls `visit` with the flat positions in x, w and y of every product that the convolution sums
 * up.
 */
const eachProduct = (
  info: Info,
  depthwise: boolean,
  visit: (x: number, w: number, y: number) => void,
): void => {
  const { inChannels, outChannels } = info;
  const perChannel = depthwise ? outChannels / inChannels : outChannels;
  eachTap(info, (output, input, filter) => {
    for (let i = 0; i < inChannels; i++) {
      for (let o = 0; o < perChannel; o++) {
        // Depthwise, each input channel has its own output channels; otherwise all share them.
        const y = output * outChannels + (depthwise ? i * perChannel + o : o);
        visit(input * inChannels + i, (filter * inChannels + i) * perChannel + o, y);
      }
    }
  });
};

const add = (out: Float64Array, i: number, amount: number): void => {
  out[i] = numberAt(out, i) + amount;
};

const convolve =
  (depthwise: boolean): HostKernel =>
  (call) => {
    const [x, w] = [call.input('x'), call.input('filter')];
    const info = convolutionInfo(call, x.shape, w.shape, depthwise);
    const out = new Float64Array(size(info.outShape));
    eachProduct(info, depthwise, (i, k, o) => {
      add(out, o, numberAt(x.values, i) * numberAt(w.values, k));
    });
    return call.make(info.outShape, 'float32', out);
  };

const convolveBackInput =
  (depthwise: boolean): HostKernel =>
  (call) => {
    const [dy, w] = [call.input('dy'), call.input('filter')];
    const info = convolutionInfo(call, call.numbers('inputShape'), w.shape, depthwise);
    const out = new Float64Array(size(info.inShape));
    eachProduct(info, depthwise, (i, k, o) => {
      add(out, i, numberAt(dy.values, o) * numberAt(w.values, k));
    });
    return call.make(info.inShape, 'float32', out);
  };

const convolveBackFilter =
  (depthwise: boolean): HostKernel =>
  (call) => {
    const [x, dy] = [call.input('x'), call.input('dy')];
    const shape = call.numbers('filterShape');
    const info = convolutionInfo(call, x.shape, shape, depthwise);
    const out = new Float64Array(size(shape));
    eachProduct(info, depthwise, (i, k, o) => {
      add(out, k, numberAt(x.values, i) * numberAt(dy.values, o));
    });
    return call.make(shape, 'float32', out);
  };

/**
 * The windows of a pooling: for each output entry, the flat positions of the input entries that it
 * sees.
 */
const windows = (info: Info): number[][] => {
  const seen = Array.from({ length: size(info.outShape) }, (): number[] => []);
  eachTap(info, (output, input) => {
    for (let c = 0; c < info.inChannels; c++)
      seen[output * info.inChannels + c]?.push(input * info.inChannels + c);
  });
  return seen;
};

/**
 * The first of the largest entries, or the first NaN: the entry that `maxPool` passes on, and to
 * which its derivative goes.
 */
const greatest = (values: Values, window: readonly number[]): number =>
  window.find((i) => Number.isNaN(numberAt(values, i))) ??
  window.reduce((best, i) => (numberAt(values, i) > numberAt(values, best) ? i : best), window[0] ?? 0);

const maxPool: HostKernel = (call) => {
  const x = call.input('x');
  const info = poolInfo(call, x.shape);
  const seen = windows(info);
  // tfjs gives −∞ for a window that lies wholly in the padding.
  return call.fill(info.outShape, x.dtype, (i) => {
    const window = seen[i] ?? [];
    return window.length === 0 ? Number.NEGATIVE_INFINITY : numberAt(x.values, greatest(x.values, window));
  });
};

const maxPoolGrad: HostKernel = (call) => {
  const [dy, x] = [call.input('dy'), call.input('input')];
  const out = new Float64Array(x.values.length);
  windows(poolInfo(call, x.shape)).forEach((window, o) => {
    if (window.length > 0) add(out, greatest(x.values, window), numberAt(dy.values, o));
  });
  x.values.forEach((value, i) => {
    if (Number.isNaN(value)) out[i] = value;
  });
  return call.make(x.shape, 'float32', out);
};

const avgPool: HostKernel = (call) => {
  const x = call.input('x');
  const info = poolInfo(call, x.shape);
  const seen = windows(info);
  return call.fill(info.outShape, 'float32', (i) => {
    const window = seen[i] ?? [];
    return window.reduce((sum, k) => sum + numberAt(x.values, k), 0) / window.length;
  });
};

/**
 * The derivative of the kernel above, which divides by the number of entries in a window. tfjs's
 * cpu backend divides by the size of the filter here, which is wrong if a window reaches into the
 * padding.
 */
const avgPoolGrad: HostKernel = (call) => {
  const [dy, x] = [call.input('dy'), call.input('input')];
  const out = new Float64Array(x.values.length);
  windows(poolInfo(call, x.shape)).forEach((window, o) => {
    for (const i of window) add(out, i, numberAt(dy.values, o) / window.length);
  });
  return call.make(x.shape, 'float32', out);
};

export const convolution: KernelTable = {
  AvgPool: avgPool,
  AvgPoolGrad: avgPoolGrad,
  Conv2D: convolve(false),
  Conv2DBackpropFilter: convolveBackFilter(false),
  Conv2DBackpropInput: convolveBackInput(false),
  DepthwiseConv2dNative: convolve(true),
  DepthwiseConv2dNativeBackpropFilter: convolveBackFilter(true),
  DepthwiseConv2dNativeBackpropInput: convolveBackInput(true),
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGrad,
};
