/** Convolutions that keep channels apart, and the separable one made of such a one and a pointwise one. */
import {
  add,
  concat,
  conv2d,
  depthwiseConv2d as tfDepthwise,
  eye,
  matMul,
  ones,
  type Rank,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Design } from '../solver';
import { type Times } from './arithmetic';
import { type ConvolutionParameters } from './convolutionDesign';
import { blockDesign, blockDiagonal } from './blockDesign';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { type Padding, type Sliding2d, sliding2d, type SlidShape, type Window } from './window';

export interface DepthwiseOptions<S, P, D, M> {
  /** Default 1. */
  readonly stride?: S;
  /** Default `valid`. */
  readonly padding?: P;
  /** Default 1; other than 1 only with stride 1. */
  readonly dilation?: D;
  /** Outputs of each channel. Default 1. */
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

/**
 * A_c = [patches of channel c, 1] for each channel c: C systems of kh·kw + 1 unknowns, of m units each. Right-hand sides are held as
 * [C, m, R], parameters between the steps of a solver as [C, m, F].
 */
const depthwiseDesign = (
  x: Tensor,
  input: readonly [number, number, number],
  multiplier: number,
  sliding: Sliding2d,
): Design<ConvolutionParameters> => {
  const [kh, kw] = sliding.kernel;
  const [taps, channels] = [kh * kw, input[2]];
  const size = taps + 1;
  const rows = x.shape[0] * sliding.output[0] * sliding.output[1];
  // Patches by filters that are the taps one by one.
  const one = tile(reshape(eye(taps), [kh, kw, 1, taps]), [1, 1, channels, 1]);
  const patches = reshape(slideDepthwise(x, one, input, taps, sliding), [rows, channels, taps]);
  const a = concat([transpose(patches, [1, 0, 2]), ones([channels, rows, 1])], 2);
  const blocksOf = ({ filter, bias }: ConvolutionParameters): Tensor =>
    concat(
      [
        transpose(reshape(filter, [taps, channels, multiplier]), [1, 2, 0]),
        reshape(bias, [channels, multiplier, 1]),
      ],
      2,
    );
  const parametersOf = (v: Tensor): ConvolutionParameters => ({
    filter: reshape(transpose(slice(v, [0, 0, 0], [channels, multiplier, taps]), [2, 0, 1]), [
      kh,
      kw,
      channels,
      multiplier,
    ]),
    bias: reshape(slice(v, [0, 0, taps], [channels, multiplier, 1]), [channels * multiplier]),
  });
  const swapped = (t: Tensor): Tensor => transpose(t, [1, 0, 2]);
  return blockDesign<ConvolutionParameters>({
    rows: channels * rows,
    columns: channels * size,
    units: multiplier,
    blocks: { size, form: () => matMul(a, a, true, false) },
    matrix: () => blockDiagonal(a),
    apply: (v) => matMul(blocksOf(v), a, false, true),
    adjoint: (h) => parametersOf(matMul(h, a)),
    pack: (v) => reshape(swapped(blocksOf(v)), [multiplier, channels * size]),
    unpack: (m) => parametersOf(swapped(reshape(m, [multiplier, channels, size]))),
    outputs: (y) => transpose(reshape(y, [rows, channels, multiplier]), [1, 2, 0]),
    toUnits: (h) => reshape(swapped(h), [multiplier, channels * rows]),
    fromUnits: (m) => swapped(reshape(m, [multiplier, channels, rows])),
  });
};

/**
 * `y[…, c·m + j] = Σ_i x[…, c]·filter[i, c, j] + bias[c·m + j]`: each channel with its own m filters; `filter`
 * [kh, kw, C, m], `bias` [C·m].
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

/**
 * A depthwise convolution, then one of size 1 over all of its outputs (Chollet 2017), as one layer with one bias: linear
 * in each of its two filters, not in both together.
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
  type Output = SlidShape<H, W, U, K, S, P, D>;
  return layer<SeparableParameters, readonly [H, W, C], Output>({
    name: 'separableConv2d',
    input,
    // As above.
    output: [...sliding.output, filters] as unknown as Output,
    affine: false,
    init: (key) => ({
      depthwise: initialiser.weights(Key.fold(key, 0), [...sliding.kernel, channels, multiplier], {
        fanIn: taps,
        fanOut: taps * multiplier,
      }),
      pointwise: initialiser.weights(Key.fold(key, 1), [1, 1, inner, filters], point),
      bias: initialiser.bias(Key.fold(key, 2), [filters], point),
    }),
    forward: ({ depthwise, pointwise, bias }, x) =>
      add(
        conv2d(
          slideDepthwise(x, depthwise, input, multiplier, sliding),
          four(pointwise, [1, 1, inner, filters]),
          1,
          'valid',
        ),
        bias,
      ),
  });
};
