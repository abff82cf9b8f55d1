/**
 * Convolutions that keep channels apart, and the separable convolution, which is such a one and
 * then a pointwise one.
 */
import {
  add,
  concat,
  depthwiseConv2d as tfDepthwise,
  ones,
  type Rank,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Design } from '../solver';
import { type Times } from './arithmetic';
import { conv2d } from './convolution';
import { type ConvolutionParameters } from './convolutionDesign';
import { stackDesign } from './blockDesign';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type AnyLayer, type Layer, layer } from './layer';
import { input as start, netOf, wired } from './net';
import { patchesOf } from './patches';
import { relaid } from './relaid';
import { type Padding, type Sliding2d, sliding2d, type SlidShape, type Window } from './window';

/** Options of a depthwise convolution: stride, padding, dilation, and filters for each channel. */
export interface DepthwiseOptions<S, P, D, M> {
  /** Default 1. */
  readonly stride?: S;
  /** Default `valid`. */
  readonly padding?: P;
  /** The distance between taps of the filter. Default 1; above 1 only with stride 1. */
  readonly dilation?: D;
  /** m, the outputs of each channel. Default 1. */
  readonly multiplier?: M;
  /** Default: uniform on ±1/√fan-in, fan-in = kh·kw. */
  readonly initialiser?: Initialiser;
}

const four = (x: Tensor, shape: readonly [number, number, number, number]): Tensor4D =>
  reshape<Rank.R4>(x, [...shape]);

const slideDepthwise = (
  x: Tensor,
  filter: Tensor,
  input: readonly [number, number, number],
  multiplier: number,
  { kernel, strides, padding, dilations }: Sliding2d,
): Tensor4D =>
  tfDepthwise(
    four(x, [x.shape[0], ...input]),
    four(filter, [...kernel, input[2], multiplier]),
    strides,
    padding,
    'NHWC',
    dilations,
  );

/** [C, R, kh·kw]: the patches of each channel. */
const channelPatches = (x: Tensor, input: readonly [number, number, number], sliding: Sliding2d): Tensor => {
  const [channels, taps] = [input[2], sliding.kernel[0] * sliding.kernel[1]];
  const patches = patchesOf(four(x, [x.shape[0], ...input]), sliding);
  return transpose(reshape(patches, [patches.size / (channels * taps), channels, taps]), [1, 0, 2]);
};

/** Filters [kh, kw, C, m] as [C, m, kh·kw], and back. */
const filterLayout = ([kh, kw]: readonly [number, number], channels: number, multiplier: number) => ({
  to: (filter: Tensor): Tensor => transpose(reshape(filter, [kh * kw, channels, multiplier]), [1, 2, 0]),
  from: (v: Tensor): Tensor => reshape(transpose(v, [2, 0, 1]), [kh, kw, channels, multiplier]),
});

/** Outputs [N, H', W', C·m] as [C, m, R]. */
const outputLayout =
  (channels: number, multiplier: number) =>
  (y: Tensor): Tensor =>
    transpose(reshape(y, [y.size / (channels * multiplier), channels, multiplier]), [1, 2, 0]);

/** A_c = [patches of channel c, 1]: for each channel a system of kh·kw + 1 unknowns and m units. */
const depthwiseDesign = (
  x: Tensor,
  input: readonly [number, number, number],
  multiplier: number,
  sliding: Sliding2d,
): Design<ConvolutionParameters> => {
  const channels = input[2];
  const patches = channelPatches(x, input, sliding);
  const [, rows = 0, taps = 0] = patches.shape;
  const filters = filterLayout(sliding.kernel, channels, multiplier);
  return {
    ...relaid<ConvolutionParameters, Tensor>(
      stackDesign(concat([patches, ones([channels, rows, 1])], 2), multiplier),
      ({ filter, bias }) => concat([filters.to(filter), reshape(bias, [channels, multiplier, 1])], 2),
      (v) => ({
        filter: filters.from(slice(v, [0, 0, 0], [channels, multiplier, taps])),
        bias: reshape(slice(v, [0, 0, taps], [channels, multiplier, 1]), [channels * multiplier]),
      }),
    ),
    outputs: outputLayout(channels, multiplier),
  };
};

/** The same of the filter alone, A_c being the patches. */
const biaslessDesign = (
  x: Tensor,
  input: readonly [number, number, number],
  multiplier: number,
  sliding: Sliding2d,
): Design<Tensor> => {
  const { to, from } = filterLayout(sliding.kernel, input[2], multiplier);
  return {
    ...relaid(stackDesign(channelPatches(x, input, sliding), multiplier), to, from),
    outputs: outputLayout(input[2], multiplier),
  };
};

/**
 * A convolution that keeps channels apart: each of the C channels has m filters of its own.
 *
 *     y[n, p, q, c·m + k] = bias[c·m + k]
 *       + Σ_{i, j} x[n, s·p + d·i − top, s·q + d·j − left, c]·filter[i, j, c, k]
 *
 * Its parameters are `filter` [kh, kw, C, m] and `bias` [C·m]. The implicit step solves one linear
 * system for each channel, of kh·kw + 1 unknowns.
 *
 * @param input the shape [H, W, C] of one image
 * @param kernel height and width of a filter, or one number for both
 * @param options `multiplier` m, default 1; `stride` s, `padding`, `dilation` d and `initialiser`
 *   as of `conv2d`
 * @throws a `Fault` as `conv2d` does
 *
 * @example depthwiseConv2d([8, 8, 4], 3, { padding: 'same' }) // Layer<ConvolutionParameters, [8, 8, 4], [8, 8, 4]>
 */
export const depthwiseConv2d = <
  const H extends number,
  const W extends number,
  const C extends number,
  const K extends Window,
  const S extends Window = 1,
  const P extends Padding = 'valid',
  const D extends Window = 1,
  const M extends number = 1,
>(
  input: readonly [H, W, C],
  kernel: K,
  options: DepthwiseOptions<S, P, D, M> = {},
): Layer<ConvolutionParameters, readonly [H, W, C], SlidShape<H, W, Times<C, M>, K, S, P, D>> => {
  const { stride = 1, padding = 'valid', dilation = 1, multiplier = 1, initialiser = uniformFanIn } = options;
  checkShape('depthwiseConv2d', [...input, multiplier]);
  const [height, width, channels] = input;
  const sliding = sliding2d('depthwiseConv2d', [height, width], { kernel, stride, padding, dilation });
  const taps = sliding.kernel[0] * sliding.kernel[1];
  const outputs = channels * multiplier;
  const fans = { fanIn: taps, fanOut: taps * multiplier };
  type Output = SlidShape<H, W, Times<C, M>, K, S, P, D>;
  return layer<ConvolutionParameters, readonly [H, W, C], Output>({
    name: 'depthwiseConv2d',
    input,
    // The compiler's sizes and these are the same numbers; the type tests hold that.
    output: [...sliding.output, outputs] as unknown as Output,
    init: (key) => ({
      filter: initialiser.weights(Key.fold(key, 0), [...sliding.kernel, channels, multiplier], fans),
      bias: initialiser.bias(Key.fold(key, 1), [outputs], fans),
    }),
    forward: ({ filter, bias }, x) => add(slideDepthwise(x, filter, input, multiplier, sliding), bias),
    design: (x) => depthwiseDesign(x, input, multiplier, sliding),
  });
};

// A type alias, not an interface: only aliases are trees to the compiler.
/** `depthwise` [kh, kw, C, m], `pointwise` [1, 1, C·m, U], `bias` [U]. */
export type SeparableParameters = {
  readonly depthwise: Tensor;
  readonly pointwise: Tensor;
  readonly bias: Tensor;
};

type PointwiseParameters = Omit<SeparableParameters, 'depthwise'>;

/** A convolution of size 1, its parameters by the names that they have in a separable one. */
const pointwise = (
  input: readonly [number, number, number],
  filters: number,
  init: (key: Key.Key) => PointwiseParameters,
): AnyLayer => {
  const { design, ...one } = conv2d(input, filters, 1);
  const to = ({ pointwise: filter, bias }: PointwiseParameters): ConvolutionParameters => ({ filter, bias });
  const from = ({ filter, bias }: ConvolutionParameters): PointwiseParameters => ({
    pointwise: filter,
    bias,
  });
  return layer<PointwiseParameters, typeof one.input, typeof one.output>({
    name: one.name,
    input: one.input,
    output: one.output,
    init: (key) => from(to(init(key))),
    forward: (parameters, x) => one.forward(to(parameters), x),
    ...(design === undefined ? {} : { design: (x) => relaid(design(x), to, from) }),
  });
};

/**
 * A depthwise convolution followed by a convolution of size 1 over all of its outputs (Chollet
 * 2017), from [H, W, C] to [H', W', U]. The second has a bias, the first has none.
 *
 * Its parameters are `depthwise` [kh, kw, C, m], `pointwise` [1, 1, C·m, U] and `bias` [U]. Each of
 * the two has an exact implicit step: one system for each channel, and one for the pointwise filter
 * with the bias.
 *
 * @param input the shape [H, W, C] of one image
 * @param filters U
 * @param kernel height and width of a depthwise filter, or one number for both
 * @param options as of `depthwiseConv2d`, for the first of the two
 * @throws a `Fault` as `conv2d` does
 *
 * @example separableConv2d([8, 8, 4], 6, 3, { padding: 'same' }) // to [8, 8, 6]
 */
export const separableConv2d = <
  const H extends number,
  const W extends number,
  const C extends number,
  const U extends number,
  const K extends Window,
  const S extends Window = 1,
  const P extends Padding = 'valid',
  const D extends Window = 1,
>(
  input: readonly [H, W, C],
  filters: U,
  kernel: K,
  options: DepthwiseOptions<S, P, D, number> = {},
): Layer<SeparableParameters, readonly [H, W, C], SlidShape<H, W, U, K, S, P, D>> => {
  const { stride = 1, padding = 'valid', dilation = 1, multiplier = 1, initialiser = uniformFanIn } = options;
  checkShape('separableConv2d', [...input, filters, multiplier]);
  const [height, width, channels] = input;
  const sliding = sliding2d('separableConv2d', [height, width], { kernel, stride, padding, dilation });
  const taps = sliding.kernel[0] * sliding.kernel[1];
  const inner = channels * multiplier;
  const point = { fanIn: inner, fanOut: filters };
  const init = (key: Key.Key): SeparableParameters => ({
    depthwise: initialiser.weights(Key.fold(key, 0), [...sliding.kernel, channels, multiplier], {
      fanIn: taps,
      fanOut: taps * multiplier,
    }),
    pointwise: initialiser.weights(Key.fold(key, 1), [1, 1, inner, filters], point),
    bias: initialiser.bias(Key.fold(key, 2), [filters], point),
  });
  const seen: readonly [number, number, number] = [...sliding.output, inner];
  const apart = layer<Tensor, readonly [number, number, number], readonly [number, number, number]>({
    name: 'depthwiseConv2d',
    input,
    output: seen,
    init: (key) => init(key).depthwise,
    forward: (filter, x) => slideDepthwise(x, filter, input, multiplier, sliding),
    design: (x) => biaslessDesign(x, input, multiplier, sliding),
  });
  const together = pointwise(seen, filters, (key) => init(key));
  const net = netOf({
    name: 'separableConv2d',
    input,
    output: [...sliding.output, filters],
    nodes: wired(wired(start, 0, apart, ['depthwise']), 1, together, [['pointwise', 'bias']]).nodes,
    affine: false,
    init,
  });
  type Output = SlidShape<H, W, U, K, S, P, D>;
  // Twice, as `netOf` knows no types of its own: the compiler's sizes and these are the same numbers, which the type tests hold, and
  // its nodes look for the parameters where `init` has put them.
  return net as unknown as Layer<SeparableParameters, readonly [H, W, C], Output>;
};
