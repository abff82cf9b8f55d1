/** The trainings whose bytes are compared: two networks by every method. */
import {
  adam,
  admm,
  type AnyChain,
  backprop,
  blockCoordinateDescent,
  cg,
  chain,
  conv2d,
  type ExampleArrays,
  exact,
  flatten,
  Key,
  linear,
  mac,
  maxPool2d,
  type Method,
  predictiveCoding,
  proxprop,
  relu,
  type TrainOptions,
  type Tree,
} from '../../src';

/** Parameters of a chain of any layers. */
export type P = readonly Tree.Tree[];

const examples = (shape: readonly number[], count: number): ExampleArrays => {
  const size = shape.reduce((a, b) => a * b, 1);
  const words = Key.bits(Key.key(9), count * (size + 1));
  return {
    shape,
    inputs: Float32Array.from(words.subarray(0, count * size), (word) => word / 2 ** 32),
    targets: Int32Array.from(words.subarray(count * size), (word) => word % 10),
    count,
  };
};

const firstOf = (all: ExampleArrays, count: number): ExampleArrays => ({
  ...all,
  inputs: all.inputs.slice(0, (count * all.inputs.length) / all.count),
  targets: all.targets.slice(0, count),
  count,
});

/** Sizes that kernels share among threads, but for layers that make each step long. */
const nets: { readonly [name: string]: { readonly net: AnyChain; readonly data: ExampleArrays } } = {
  dense: { net: chain(linear(96, 80), relu(80), linear(80, 10)), data: examples([96], 120) },
  conv: {
    net: chain(
      conv2d([10, 10, 3], 8, 3),
      relu([8, 8, 8]),
      maxPool2d([8, 8, 8], 2),
      flatten([4, 4, 8]),
      linear(128, 10),
    ),
    data: examples([10, 10, 3], 120),
  },
};

const methods: { readonly [name: string]: Method } = {
  backprop: backprop(),
  'proxprop exact': proxprop({ tauTheta: 0.1, solver: exact() }),
  'proxprop cg': proxprop({ tauTheta: 0.1, solver: cg(3) }),
  mac: mac(),
  admm: admm({ sweeps: 1 }),
  bcd: blockCoordinateDescent(),
  'predictive coding': predictiveCoding({ steps: 3 }),
};

/** Whose steps on layers without a closed form solve by iterations, which takes seconds. */
const slow = /mac|admm|bcd/;

export interface Training {
  readonly slow: boolean;
  readonly net: AnyChain;
  readonly options: (change: Partial<TrainOptions<P>>) => TrainOptions<P>;
}

/** One epoch of two batches, unless it is changed. */
export const trainings: { readonly [name: string]: Training } = Object.fromEntries(
  Object.entries(nets).flatMap(([kind, { net, data }]) =>
    Object.entries(methods).map(([name, method]): [string, Training] => [
      `${kind}, ${name}`,
      {
        net,
        slow: slow.test(name),
        options: (change) => ({
          ...{ parameters: net.init(Key.key(1)), method, optimizer: adam(1e-3) },
          ...{ train: slow.test(name) ? firstOf(data, 12) : data, test: firstOf(data, 10) },
          ...{ epochs: 1, batchSize: 60, key: Key.key(3) },
          ...change,
        }),
      },
    ]),
  ),
);
