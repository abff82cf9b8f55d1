/**
 * Convolutions, in one and two dimensions. Images are [H, W, C] (tfjs's NHWC), sequences [T, C].
 */
import { type Rank, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, Key, type Batch } from '../core';
import { convolveBiased } from '../ops';
import { type Design, type Scalars } from '../solver';
import { type ConvolutionParameters, convolutionDesign } from './convolutionDesign';
import { patchDesign } from './patchDesign';
import { patchesOf } from './patches';
import { relaid } from './relaid';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { type Padding, type Slid, type Sliding2d, sliding2d, type SlidShape, type Window } from './window';

/**
 * Options of a convolution: stride, padding, dilation, how its weights are drawn, and the scalars
 * of CG.
 */
export interface ConvolutionOptions<S, P, D> {
  /** Default 1. */
  readonly stride?: S;
  /** Default `valid`. */
  readonly padding?: P;
  /** The distance between taps of the filter. Default 1; above 1 only with stride 1. */
  readonly dilation?: D;
  /** Default: uniform on ±1/√fan-in, fan-in = kh·kw·C. */
  readonly initialiser?: Initialiser;
  /**
   * Whether CG computes its scalars for the whole layer (`perLayer`, the default, as in Frerix et
   * al.) or for each output channel (`perUnit`).
   */
  readonly scalars?: Scalars;
}

const four = (x: Tensor, shape: readonly [number, number, number, number]) => reshape<Rank.R4>(x, [...shape]);

/** Images [N, H, W, C] under a filter [kh, kw, C, U], with a bias [U]. */
const slide = (
  x: Tensor,
  { filter, bias }: ConvolutionParameters,
  input: readonly [number, number, number],
  filters: number,
  { kernel, strides, padding, dilations }: Sliding2d,
): Tensor =>
  convolveBiased(
    four(x, [x.shape[0], ...input]),
    four(filter, [...kernel, input[2], filters]),
    bias,
    { strides, pad: padding },
    dilations,
  );

/**
 * The design at images. Filters that are not dilated have all ways to form AᵀA; others have their
 * patches.
 */
const designOf =
  (filters: number, sliding: Sliding2d, scalars: Scalars) =>
  (x: Tensor): Design<ConvolutionParameters> => {
    const { kernel, strides, padding, dilations } = sliding;
    const design =
      Math.max(...dilations) > 1
        ? patchDesign(patchesOf(x, sliding), kernel, filters, scalars)
        : convolutionDesign(x, { kernel, strides, padding, filters }, scalars);
    const matrix = `patches ${kernel.join('×')}, ${strides.join('×')}, ${dilations.join('×')}, ${padding}`;
    return { ...design, source: { input: x, matrix } };
  };

const initialised = (
  initialiser: Initialiser,
  kernel: readonly [number, number],
  channels: number,
  filters: number,
) => {
  const taps = kernel[0] * kernel[1];
  const fans = { fanIn: taps * channels, fanOut: taps * filters };
  return (key: Key.Key): ConvolutionParameters => ({
    filter: initialiser.weights(Key.fold(key, 0), [...kernel, channels, filters], fans),
    bias: initialiser.bias(Key.fold(key, 1), [filters], fans),
  });
};

/**
 * A convolution of images [H, W, C] with U filters, as deep-learning libraries define it (without
 * reversal of the filter):
 *
 *     y[n, p, q, u] = bias[u]
 *       + Σ_{i, j, c} x[n, s·p + d·i − top, s·q + d·j − left, c]·filter[i, j, c, u]
 *
 * Its parameters are `filter` [kh, kw, C, U] and `bias` [U]. Padding `same` puts zeros around the
 * image and gives ⌈H/s⌉ × ⌈W/s⌉ places; `valid` takes only windows that lie inside. The implicit
 * step is one linear system, with a row for every place of every image.
 *
 * @param input the shape [H, W, C] of one image
 * @param filters U
 * @param kernel height and width of a filter, or one number for both
 * @param options `stride` s, default 1; `padding`, default `valid`; `dilation` d, default 1;
 *   `initialiser`; `scalars` of CG
 * @throws a `Fault`: `shape` if a size is not a whole number of at least 1, or if the filter does
 *   not fit into the image; `options` for an invalid kernel, stride or dilation, or for a stride
 *   and a dilation above 1 at once
 *
 * @example conv2d([32, 32, 3], 16, 5, { padding: 'same' }) // Layer<ConvolutionParameters, [32, 32, 3], [32, 32, 16]>
 */
export const conv2d = <
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
  options: ConvolutionOptions<S, P, D> = {},
): Layer<ConvolutionParameters, readonly [H, W, C], SlidShape<H, W, U, K, S, P, D>> => {
  checkShape('conv2d', [...input, filters]);
  const { stride = 1, padding = 'valid', dilation = 1, initialiser = uniformFanIn } = options;
  const [height, width, channels] = input;
  const sliding = sliding2d('conv2d', [height, width], { kernel, stride, padding, dilation });
  const design = designOf(filters, sliding, options.scalars ?? 'perLayer');
  // The compiler's sizes and these are the same numbers; the type tests hold that.
  const output = [...sliding.output, filters] as unknown as SlidShape<H, W, U, K, S, P, D>;
  return layer<ConvolutionParameters, readonly [H, W, C], SlidShape<H, W, U, K, S, P, D>>({
    name: 'conv2d',
    input,
    output,
    init: initialised(initialiser, sliding.kernel, channels, filters),
    forward: (parameters, x: Batch<readonly [H, W, C]>) => slide(x, parameters, input, filters, sliding),
    design,
  });
};

/**
 * A convolution of sequences [T, C] along their first axis, with U filters:
 *
 *     y[n, p, u] = Σ_{i, c} x[n, s·p + d·i − left, c]·filter[i, c, u] + bias[u]
 *     [N, T, C] → [N, T', U]
 *
 * Its parameters are `filter` [k, C, U] and `bias` [U]. With a kernel of 1 it is one dense layer,
 * applied at every place.
 *
 * @param input the shape [T, C] of one sequence
 * @param filters U
 * @param kernel k, the length of a filter
 * @param options as of `conv2d`
 * @throws a `Fault` as `conv2d` does
 *
 * @example conv1d([28, 16], 32, 3, { padding: 'same' }) // Layer<ConvolutionParameters, [28, 16], [28, 32]>
 */
export const conv1d = <
  const T extends number,
  const C extends number,
  const U extends number,
  const K extends number,
  const S extends number = 1,
  const P extends Padding = 'valid',
  const D extends number = 1,
>(
  input: readonly [T, C],
  filters: U,
  kernel: K,
  options: ConvolutionOptions<S, P, D> = {},
): Layer<ConvolutionParameters, readonly [T, C], readonly [Slid<T, K, S, P, D>, U]> => {
  checkShape('conv1d', [...input, filters]);
  const { stride = 1, padding = 'valid', dilation = 1, initialiser = uniformFanIn } = options;
  const [length, channels] = input;
  const asRow = [1, length, channels] as const;
  const sliding = sliding2d('conv1d', [1, length], {
    kernel: [1, kernel],
    stride: [1, stride],
    padding,
    dilation: [1, dilation],
  });
  const places = sliding.output[1];
  const design = designOf(filters, sliding, options.scalars ?? 'perLayer');
  const flat = ({ filter, bias }: ConvolutionParameters): ConvolutionParameters => ({
    filter: reshape(filter, [kernel, channels, filters]),
    bias,
  });
  const full = ({ filter, bias }: ConvolutionParameters): ConvolutionParameters => ({
    filter: reshape(filter, [1, kernel, channels, filters]),
    bias,
  });
  const rowDesign = (x: Tensor): Design<ConvolutionParameters> => {
    const row = design(four(x, [x.shape[0], ...asRow]));
    const { source } = row;
    return {
      ...relaid(row, full, flat),
      ...(source === undefined ? {} : { source: { ...source, input: x } }),
      outputs: (y) => row.outputs(reshape(y, [y.shape[0], 1, places, filters])),
    };
  };
  const init = initialised(initialiser, [1, kernel], channels, filters);
  // As above.
  const output = [places, filters] as unknown as readonly [Slid<T, K, S, P, D>, U];
  return layer<ConvolutionParameters, readonly [T, C], readonly [Slid<T, K, S, P, D>, U]>({
    name: 'conv1d',
    input,
    output,
    init: (key) => flat(init(key)),
    forward: (parameters, x: Batch<readonly [T, C]>) =>
      reshape(slide(x, parameters, asRow, filters, sliding), [x.shape[0], places, filters]),
    design: rowDesign,
  });
};
