/** The networks that several libraries and numbers of threads are compared on, each described once for all of them. */
import {
  type AnyChain,
  type AnyLayer,
  avgPool2d,
  chainOfLayers,
  conv2d,
  type Example,
  flatten,
  Key,
  linear,
  maxPool2d,
  relu,
  scope,
} from '../../src';
import { classes } from './networks';

/** A layer in words: sizes as PyTorch takes them. */
export type Described =
  | readonly ['linear', number, number]
  | readonly ['convolution', channels: number, filters: number, kernel: number]
  | readonly ['pool', size: number]
  | readonly ['relu']
  | readonly ['flatten'];

export interface Contested {
  readonly name: string;
  readonly batch: number;
  /** Shape of one input, channels last. */
  readonly input: readonly number[];
  readonly layers: readonly Described[];
}

const dense = (sizes: readonly number[], batch = 500): Contested => ({
  name: sizes.join('-'),
  batch,
  input: sizes.slice(0, 1),
  layers: sizes.slice(1).flatMap((units, i): readonly Described[] => {
    const layer = ['linear', sizes[i] ?? 1, units] as const;
    return i + 2 < sizes.length ? [layer, ['relu']] : [layer];
  }),
});

/** Convolutions that keep the size of images, each with ReLU and pooling by 2, then a dense layer. */
const convolutional = (
  name: string,
  [side, channels]: readonly [number, number],
  filters: readonly number[],
  kernel: number,
  batch: number,
): Contested => {
  const last = Math.floor(side / 2 ** filters.length);
  return {
    name,
    batch,
    input: [side, side, channels],
    layers: [
      ...filters.flatMap((units, i): readonly Described[] => [
        ['convolution', filters[i - 1] ?? channels, units, kernel],
        ['relu'],
        ['pool', 2],
      ]),
      ['flatten'],
      ['linear', last * last * (filters.at(-1) ?? channels), 10],
    ],
  };
};

export const LARGE = dense([3072, 4000, 1000, 4000, 10]);

export const contested: readonly Contested[] = [
  dense([64, 32, 10], 100),
  dense([784, 256, 128, 10]),
  dense([3072, 500, 500, 10]),
  LARGE,
  convolutional('small ConvNet 8-16-10', [28, 1], [8, 16], 3, 100),
  convolutional('ConvNet 16-20-20-10', [32, 3], [16, 20, 20], 5, 500),
];

const layerOf = (described: Described, input: readonly number[]): AnyLayer => {
  const [side = 1, , channels = 1] = input;
  switch (described[0]) {
    case 'linear':
      return linear(described[1], described[2]);
    case 'convolution':
      return conv2d([side, side, channels], described[2], described[3], { padding: 'same' });
    case 'pool':
      return maxPool2d([side, side, channels], described[1]);
    case 'relu':
      return relu(input);
    case 'flatten':
      return flatten(input);
    default:
      return described satisfies never;
  }
};

/** The network as ours. */
export const netOf = ({ input, layers }: Contested): AnyChain =>
  chainOfLayers(
    layers.reduce<readonly AnyLayer[]>(
      (built, layer) => [...built, layerOf(layer, built.at(-1)?.output ?? input)],
      [],
    ),
  );

/** Shape of one input, channels first. */
export const channelsFirst = ({ input }: Contested): readonly number[] => [
  ...input.slice(2),
  ...input.slice(0, 2),
];

/** A batch with ten classes. Inputs are positive, as pixels are, and those of neighbouring pixels agree. */
export const exampleOf = ({ batch, input }: Contested): Example =>
  scope(() => {
    const x = Key.uniform(Key.key(2), [batch, ...input], 0, 1);
    const [side = 1, , channels] = input;
    return {
      input:
        channels === undefined
          ? x
          : avgPool2d([side, side, channels], 5, { stride: 1, padding: 'same' }).forward({}, x),
      target: classes(Key.key(3), batch),
    };
  });
