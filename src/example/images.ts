/** Images in a batch on the host: rows of pixels, channels last. */
import { fail, type Key, type Shape, showShape, sizeOf } from '../core';
import { type Augmentation, type ExampleArrays } from './examples';
import { roomLike } from './rows';

type Pixels = ExampleArrays['inputs'];

/** One image: where it begins in the batch, and how it is laid out. */
interface Frame {
  readonly at: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** What becomes of one image: it is written to `into`, which is zero, at the same place. */
type OfImage = (key: Key.Key, count: number) => (from: Pixels, into: Pixels, frame: Frame, i: number) => void;

/** An augmentation of each image on its own. `image` is its shape, where examples are flat. */
export const eachImage =
  (name: string, image: Shape | undefined, make: OfImage): Augmentation =>
  (key, batch) => {
    const { shape, inputs, count } = batch;
    const [height = 0, width = 0, channels = 1, ...more] = image ?? shape;
    const size = sizeOf(shape);
    if ((image ?? shape).length < 2 || more.length > 0 || height * width * channels !== size)
      fail(
        'shape',
        name,
        `images [height, width] or [height, width, channels] of ${size} values`,
        showShape(image ?? shape),
      );
    const into = roomLike(inputs, inputs.length);
    const change = make(key, count);
    for (let i = 0; i < count; i++) change(inputs, into, { at: i * size, height, width, channels }, i);
    return { ...batch, inputs: into };
  };
