/** The two gradients of a convolution beside its forward pass. */
import { conv2d, Key, scope } from '../../src';
import { record } from '../../src/internal';
import { interleaved, median, paired, TURN } from './measure';

const BATCH = 500;

interface Convolution {
  readonly image: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
}

/** The three of the ConvNet, and one that strides. */
const convolutions: readonly Convolution[] = [
  { image: 32, channels: 3, filters: 16, kernel: 5, stride: 1 },
  { image: 16, channels: 16, filters: 20, kernel: 5, stride: 1 },
  { image: 8, channels: 20, filters: 20, kernel: 5, stride: 1 },
  { image: 16, channels: 16, filters: 20, kernel: 3, stride: 2 },
];

/** Runs `f` and frees its results: new memory for each would cost more than the convolution. */
const freed = (f: () => unknown): void => {
  scope(() => {
    f();
  });
};

/** A row: forward pass in milliseconds, and both gradients beside it. */
const gradientRow = (c: Convolution, batch: number, rounds: number): readonly string[] =>
  scope(() => {
    const { image, channels, filters, kernel, stride } = c;
    const layer = conv2d([image, image, channels], filters, kernel, { stride, padding: 'same' });
    const parameters = layer.init(Key.key(1));
    const x = Key.uniform(Key.key(2), [batch, ...layer.input], -1, 1);
    const recording = record(() => layer.forward(parameters, x));
    const dy = Key.uniform(Key.key(3), recording.value.shape, -1, 1);
    const times = interleaved(
      {
        forward: () => {
          freed(() => layer.forward(parameters, x));
        },
        input: () => {
          freed(() => recording.pullback(dy, [x]));
        },
        filter: () => {
          freed(() => recording.pullback(dy, [parameters.filter]));
        },
      },
      { rounds, warm: TURN },
    );
    recording.release();
    return [
      `${image}×${image}×${channels} → ${filters}, ${kernel}×${kernel}${stride === 1 ? '' : `, stride ${stride}`}`,
      median(times.forward).toFixed(1),
      paired(times.input, times.forward).toFixed(2),
      paired(times.filter, times.forward).toFixed(2),
    ];
  });

export const gradients = (rounds: number): readonly (readonly string[])[] =>
  convolutions.map((c) => gradientRow(c, BATCH, rounds));
