import {
  add,
  conv2dTranspose as tfTranspose,
  eye,
  type Rank,
  reshape,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkShape, Key } from '../core';
import { type Scalars } from '../solver';
import { type Minus, type Plus, type Times } from './arithmetic';
import { type ConvolutionParameters } from './convolutionDesign';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { patchDesign } from './patchDesign';
import { type HeightOf, type Padding, pairOf, type WidthOf, type Window } from './window';

/**
 * Options of a transposed convolution: stride, padding, how its weights are drawn, and the scalars
 * of CG.
 */
export interface TransposedOptions<S, P> {
  /** Default 1. */
  readonly stride?: S;
  /** Default `valid`. */
  readonly padding?: P;
  /** Default: uniform on ±1/√fan-in, fan-in = kh·kw·C. */
  readonly initialiser?: Initialiser;
  /**
   * Whether CG computes its scalars for the whole layer (`perLayer`, the default, as for
   * convolutions) or for each output channel (`perUnit`).
   */
  readonly scalars?: Scalars;
}

/** The length whose convolution has this many places. */
type Unslid<In extends number, K extends number, S extends number, P extends Padding> = P extends 'same'
  ? Times<In, S>
  : Plus<Times<Minus<In, 1>, S>, K>;

type UnslidShape<
  H extends number,
  W extends number,
  U extends number,
  K extends Window,
  S extends Window,
  P extends Padding,
> = readonly [Unslid<H, HeightOf<K>, HeightOf<S>, P>, Unslid<W, WidthOf<K>, WidthOf<S>, P>, U];

/**
 * A transposed convolution, the adjoint of a convolution in its images:
 *
 *     y[n, s·p + i, s·q + j, u] = Σ_{p, q, i, j, c} x[n, p, q, c]·filter[i, j, u, c] + bias[u]
 *
 * It takes images [H, W, C] to [H·s, W·s, U] with padding `same`, to
 * [(H − 1)·s + kh, (W − 1)·s + kw, U] with `valid`. Its parameters are `filter` [kh, kw, U, C] and
 * `bias` [U]; the implicit step is one linear system.
 *
 * @param input the shape [H, W, C] of one image
 * @param filters U
 * @param kernel height and width of a filter, or one number for both
 * @param options `stride` s, default 1; `padding`, default `valid`; `initialiser`; `scalars` of CG
 * @throws a `Fault`: `shape` if a size is not a whole number of at least 1, `options` for an
 *   invalid kernel or stride
 *
 * @example conv2dTranspose([8, 8, 4], 2, 3, { stride: 2, padding: 'same' }) // to [16, 16, 2]
 */
export const conv2dTranspose = <
  const H extends number,
  const W extends number,
  const C extends number,
  const U extends number,
  const K extends Window,
  const S extends Window = 1,
  const P extends Padding = 'valid',
>(
  input: readonly [H, W, C],
  filters: U,
  kernel: K,
  options: TransposedOptions<S, P> = {},
): Layer<ConvolutionParameters, readonly [H, W, C], UnslidShape<H, W, U, K, S, P>> => {
  checkShape('conv2dTranspose', [...input, filters]);
  const { stride = 1, padding = 'valid', initialiser = uniformFanIn } = options;
  const size = pairOf('conv2dTranspose.kernel', kernel);
  const strides = pairOf('conv2dTranspose.stride', stride);
  const [height, width, channels] = input;
  const unslid = (extent: number, axis: 0 | 1): number =>
    padding === 'same' ? extent * strides[axis] : (extent - 1) * strides[axis] + size[axis];
  const [outHeight, outWidth] = [unslid(height, 0), unslid(width, 1)];
  const taps = size[0] * size[1];
  const fans = { fanIn: taps * channels, fanOut: taps * filters };
  /**
   * The patches [N·H'·W', C·kh·kw] that each output place sees, by filters that are single taps of
   * single channels.
   */
  const patches = (x: Tensor): Tensor => {
    const n = x.shape[0];
    const places = outHeight * outWidth;
    const alone = reshape<Rank.R4>(transpose(x, [0, 3, 1, 2]), [n * channels, height, width, 1]);
    const one = reshape<Rank.R4>(eye(taps), [...size, taps, 1]);
    const seen = tfTranspose(alone, one, [n * channels, outHeight, outWidth, taps], strides, padding);
    return reshape(transpose(reshape(seen, [n, channels, places, taps]), [0, 2, 1, 3]), [
      n * places,
      channels * taps,
    ]);
  };
  type Output = UnslidShape<H, W, U, K, S, P>;
  return layer<ConvolutionParameters, readonly [H, W, C], Output>({
    name: 'conv2dTranspose',
    input,
    // The compiler's sizes and these are the same numbers; the type tests hold that.
    output: [outHeight, outWidth, filters] as unknown as Output,
    init: (key) => ({
      filter: initialiser.weights(Key.fold(key, 0), [...size, filters, channels], fans),
      bias: initialiser.bias(Key.fold(key, 1), [filters], fans),
    }),
    forward: ({ filter, bias }, x) => {
      const n = x.shape[0];
      const images = reshape<Rank.R4>(x, [n, height, width, channels]);
      const taken = reshape<Rank.R4>(filter, [...size, filters, channels]);
      return add(tfTranspose(images, taken, [n, outHeight, outWidth, filters], strides, padding), bias);
    },
    design: (x) => patchDesign(patches(x), size, filters, options.scalars ?? 'perLayer', 'outputsFirst'),
  });
};
