/** The two networks of Frerix et al. (2018), with examples to step on. */
import { reshape, tensor } from '@tensorflow/tfjs-core';
import { avgPool2d, chain, conv2d, type Example, flatten, Key, linear, maxPool2d, relu } from '../../src';

export const MLP_SIZES = [3072, 4000, 1000, 4000, 10] as const;

/** 3072-4000-1000-4000-10, or with other hidden sizes. */
export const mlp = (
  first: number = MLP_SIZES[1],
  second: number = MLP_SIZES[2],
  third: number = MLP_SIZES[3],
) =>
  chain(
    linear(MLP_SIZES[0], first),
    relu(first),
    linear(first, second),
    relu(second),
    linear(second, third),
    relu(third),
    linear(third, MLP_SIZES[4]),
  );

/** Multiply-adds of one backprop step of a dense network: forward, and both gradients but the first by the input. */
export const denseWork = (batch: number, sizes: readonly number[]): number =>
  sizes.slice(1).reduce((total, out, i) => total + (i === 0 ? 2 : 3) * batch * (sizes[i] ?? 0) * out, 0);

/** Three 5×5 convolutions with 16, 20, 20 filters, each with ReLU and 2×2 max pooling, then dense 10. */
export const convNet = () =>
  chain(
    conv2d([32, 32, 3], 16, 5, { padding: 'same' }),
    relu([32, 32, 16]),
    maxPool2d([32, 32, 16], 2),
    conv2d([16, 16, 16], 20, 5, { padding: 'same' }),
    relu([16, 16, 20]),
    maxPool2d([16, 16, 20], 2),
    conv2d([8, 8, 20], 20, 5, { padding: 'same' }),
    relu([8, 8, 20]),
    maxPool2d([8, 8, 20], 2),
    flatten([4, 4, 20]),
    linear(320, 10),
  );

/** The same count for it. */
export const convWork = (batch: number): number =>
  batch * (2 * 32 * 32 * 75 * 16 + 3 * (16 * 16 * 400 * 20 + 8 * 8 * 500 * 20 + 320 * 10));

/** The same count for `rowTransformer`: 28 tokens of 28 pixels, two blocks of width 64. Scores that are computed again do not count. */
export const transformerWork = (batch: number): number => {
  const [tokens, width, hidden, blocks] = [28, 64, 128, 2];
  const projections = 3 * tokens * width * (4 * width + 2 * hidden);
  const attention = 6 * tokens * tokens * width;
  return batch * (2 * tokens * 28 * width + blocks * (projections + attention) + 3 * tokens * width * 10);
};

/** One of ten classes for each example. */
export const classes = (key: Key.Key, batch: number) =>
  tensor(
    Int32Array.from(Key.bits(key, batch), (word) => word % 10),
    [batch],
    'int32',
  );

export const denseExample = (batch: number): Example => ({
  input: Key.uniform(Key.key(2), [batch, MLP_SIZES[0]], 0, 1),
  target: classes(Key.key(3), batch),
});

/** Images whose neighbouring pixels agree, as those of real images do: independent ones would be too easy to solve. */
export const imageExample = (batch: number): Example => ({
  input: avgPool2d([32, 32, 3], 5, { stride: 1, padding: 'same' }).forward(
    {},
    Key.uniform(Key.key(4), [batch, 32, 32, 3], 0, 1),
  ),
  target: classes(Key.key(5), batch),
});

/** Flat images of 28 × 28 whose neighbouring pixels agree. */
export const rowImages = (batch: number): Example => ({
  input: reshape(
    avgPool2d([28, 28, 1], 5, { stride: 1, padding: 'same' }).forward(
      {},
      Key.uniform(Key.key(6), [batch, 28, 28, 1], 0, 1),
    ),
    [batch, 784],
  ),
  target: classes(Key.key(7), batch),
});
