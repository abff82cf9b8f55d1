/** What each place of a convolution's output sees of its input. */
import { depthwiseConv2d, eye, type Rank, reshape, type Tensor, tile } from '@tensorflow/tfjs-core';
import { type Padding } from './window';

/** How filters slide over images. */
interface Window2d {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  readonly dilations?: readonly [number, number];
}

/**
 * Takes the patches [N·H'·W', C·kh·kw] of images [N, H, W, C], each in the order channel, row,
 * column. A depthwise convolution does so, with one filter for each tap.
 */
export const patchesOf = (
  images: Tensor,
  { kernel: [kh, kw], strides, padding, dilations = [1, 1] }: Window2d,
): Tensor => {
  const [n = 0, h = 0, w = 0, c = 0] = images.shape;
  const taps = kh * kw;
  // Each place sees itself alone.
  if (taps === 1 && strides[0] === 1 && strides[1] === 1) return reshape(images, [n * h * w, c]);
  const one = tile(reshape<Rank.R4>(eye(taps), [kh, kw, 1, taps]), [1, 1, c, 1]);
  const x = reshape<Rank.R4>(images, [n, h, w, c]);
  const seen = depthwiseConv2d(x, one, [...strides], padding, 'NHWC', [...dilations]);
  return reshape(seen, [seen.size / (c * taps), c * taps]);
};
