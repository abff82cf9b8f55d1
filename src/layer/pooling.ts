/** Pools: images [H, W, C] seen through a window, each channel alone. Nothing to learn. */
import {
  avgPool,
  maxPool,
  mean,
  type Rank,
  reshape,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { checkShape, type Tree } from '../core';
import { type Layer, layer } from './layer';
import { type Padding, type Sliding2d, sliding2d, type SlidShape, type Window } from './window';

/** Options of pooling: stride and padding. */
export interface PoolOptions<S, P> {
  /** Default: the size of the window, so windows lie side by side. */
  readonly stride?: S;
  /** Default `valid`. */
  readonly padding?: P;
}

type Pooled = (x: Tensor4D, sliding: Sliding2d) => Tensor;

const pool =
  (name: string, apply: Pooled) =>
  <
    const H extends number,
    const W extends number,
    const C extends number,
    const K extends Window,
    const S extends Window = K,
    const P extends Padding = 'valid',
  >(
    input: readonly [H, W, C],
    size: K,
    options: PoolOptions<S, P> = {},
  ): Layer<Tree.NoParameters, readonly [H, W, C], SlidShape<H, W, C, K, S, P>> => {
    checkShape(name, input);
    const [height, width, channels] = input;
    const { stride = size, padding = 'valid' } = options;
    const sliding = sliding2d(name, [height, width], { kernel: size, stride, padding });
    return layer<Tree.NoParameters, readonly [H, W, C], SlidShape<H, W, C, K, S, P>>({
      name,
      input,
      // The compiler's sizes and these are the same numbers; the type tests hold that.
      output: [...sliding.output, channels] as unknown as SlidShape<H, W, C, K, S, P>,
      init: () => ({}),
      forward: (_, x) => apply(reshape<Rank.R4>(x, [x.shape[0], height, width, channels]), sliding),
    });
  };

/**
 * The maximum of each window of an image, each channel alone: [H, W, C] → [H', W', C]. Its
 * derivative goes to the first of the largest numbers, so it has kinks where two are equal.
 *
 * @param input the shape [H, W, C] of one image
 * @param size height and width of a window, or one number for both
 * @param options `stride`, default the size of the window; `padding`, default `valid`
 * @throws a `Fault`: `shape` for an invalid shape or a window that does not fit, `options` for an
 *   invalid window or stride
 *
 * @example maxPool2d([32, 32, 16], 2) // Layer<{}, [32, 32, 16], [16, 16, 16]>
 */
export const maxPool2d = pool('maxPool2d', (x, { kernel, strides, padding }) =>
  maxPool(x, kernel, strides, padding),
);

/**
 * The mean of each window of an image, each channel alone: [H, W, C] → [H', W', C]. A window at the
 * border averages only over the places inside of the image: padding does not count.
 *
 * @param input the shape [H, W, C] of one image
 * @param size height and width of a window, or one number for both
 * @param options as of `maxPool2d`
 * @throws a `Fault` as `maxPool2d` does
 *
 * @example avgPool2d([8, 8, 20], 2) // Layer<{}, [8, 8, 20], [4, 4, 20]>
 */
export const avgPool2d = pool('avgPool2d', (x, { kernel, strides, padding }) =>
  avgPool(x, kernel, strides, padding),
);

/**
 * The mean of each channel over all places of an image: [H, W, C] → [C].
 *
 * @param input the shape [H, W, C] of one image. An invalid one throws a `Fault` (`shape`)
 *
 * @example chain(conv2d([8, 8, 1], 4, 3), globalAvgPool([6, 6, 4])).output // [4]
 */
export const globalAvgPool = <const H extends number, const W extends number, const C extends number>(
  input: readonly [H, W, C],
): Layer<Tree.NoParameters, readonly [H, W, C], readonly [C]> =>
  layer<Tree.NoParameters, readonly [H, W, C], readonly [C]>({
    name: 'globalAvgPool',
    input,
    output: [input[2]],
    init: () => ({}),
    forward: (_, x) => mean(x, [1, 2]),
  });
