/** The usual augmentations of images. */
import { Key, type Shape, whole } from '../core';
import { type Augmentation } from './examples';
import { eachImage } from './images';

/** Row `y` of the image from column `x` on, `n` pixels. */
const placeOf = (
  { at, width, channels }: { readonly at: number; readonly width: number; readonly channels: number },
  y: number,
  x: number,
): number => at + (y * width + x) * channels;

/**
 * Crops images at random (He, Zhang, Ren, Sun 2016): pads each image with `padding` zeros on every
 * side, and cuts its own size out of that, at a uniform one of the (2·padding + 1)² places.
 *
 * @param padding the zeros on every side
 * @param image the shape of an image, [height, width] or [height, width, channels], if examples are
 *   flat
 * @throws a `Fault` (`options`) if `padding` is not a whole number of at least 1. A pass over
 *   examples that are no images fails with `shape`
 *
 * @example augmented(data, randomCrop(4), flipLeftRight())
 */
export const randomCrop = (padding: number, image?: Shape): Augmentation => {
  const places = 2 * whole('randomCrop.padding', padding, 1) + 1;
  return eachImage('randomCrop', image, (key, count) => {
    const words = Key.bits(key, 2 * count);
    return (from, into, frame, i) => {
      const { height, width, channels } = frame;
      const down = ((words[2 * i] ?? 0) % places) - padding;
      const right = ((words[2 * i + 1] ?? 0) % places) - padding;
      const [first, last] = [Math.max(0, -right), Math.min(width, width - right)];
      if (last <= first) return;
      for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
        const start = placeOf(frame, y + down, first + right);
        into.set(from.subarray(start, start + (last - first) * channels), placeOf(frame, y, first));
      }
    };
  });
};

/**
 * Mirrors each image, left to right, with probability ½. A pass over examples that are no images
 * fails with `shape`.
 *
 * @param image as of `randomCrop`
 *
 * @example augmented(data, flipLeftRight())
 */
export const flipLeftRight = (image?: Shape): Augmentation =>
  eachImage('flipLeftRight', image, (key, count) => {
    const words = Key.bits(key, count);
    return (from, into, frame, i) => {
      const { at, height, width, channels } = frame;
      const size = height * width * channels;
      if ((words[i] ?? 0) < 2 ** 31) {
        into.set(from.subarray(at, at + size), at);
        return;
      }
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0; c < channels; c++)
            into[placeOf(frame, y, width - 1 - x) + c] = from[placeOf(frame, y, x) + c] ?? 0;
    };
  });

/**
 * Cutout (DeVries, Taylor 2017): sets a square of `size` × `size` pixels of each image to 0. Its
 * centre is uniform among all pixels, so it may reach over the edge.
 *
 * @param size the side of the square, in pixels
 * @param image as of `randomCrop`
 * @throws a `Fault` (`options`) if `size` is not a whole number of at least 1. A pass over examples
 *   that are no images fails with `shape`
 *
 * @example augmented(data, randomCrop(4), flipLeftRight(), cutout(16))
 */
export const cutout = (size: number, image?: Shape): Augmentation => {
  const before = Math.floor(whole('cutout.size', size, 1) / 2);
  return eachImage('cutout', image, (key, count) => {
    const words = Key.bits(key, 2 * count);
    return (from, into, frame, i) => {
      const { at, height, width, channels } = frame;
      into.set(from.subarray(at, at + height * width * channels), at);
      const top = ((words[2 * i] ?? 0) % height) - before;
      const left = ((words[2 * i + 1] ?? 0) % width) - before;
      const [first, last] = [Math.max(0, left), Math.min(width, left + size)];
      for (let y = Math.max(0, top); y < Math.min(height, top + size); y++)
        into.fill(0, placeOf(frame, y, first), placeOf(frame, y, last));
    };
  });
};
