/** The comparisons with rivals, in both sizes: plain data, made of one table of methods and one of networks. */

import { fail } from '../../../src';

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
interface Record_ {
  readonly [key: string]: Json;
}
interface Method extends Record_ {
  readonly name: string;
}
interface Config extends Record_ {
  readonly methods: readonly Method[];
}
interface Configs {
  readonly [name: string]: Config;
}

const logUniform = (from: number, to: number): Record_ => ({ type: 'logUniform', from, to });

/** How much a comparison may spend. */
interface Size {
  /** Settings of each method. */
  readonly trials: number;
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly train: number;
  readonly test: number;
  /** Training examples that settings are chosen on. */
  readonly heldOut: number;
  /** Whether it is the size of the paper. */
  readonly full?: boolean;
}

/** A method and what of it is chosen. */
interface Rival {
  readonly name: string;
  readonly schedule: Record_;
  readonly optimizer: Record_;
  readonly space: Record_;
  /** Whether it takes all examples at once. */
  readonly wholeBatch?: boolean;
}

const decay = { 'optimizer.decay': logUniform(1e-6, 0.1) };

/** A rate that rises over a twentieth of the training, then falls along a cosine. */
const scheduled = (peak: number, updates: number): Record_ => {
  const warmup = Math.max(1, Math.round(updates / 20));
  return { peak, warmup, cosine: Math.max(1, updates - warmup) };
};

const updatesOf = ({ epochs, batch, train }: Size, left = train): number => epochs * Math.ceil(left / batch);

const rivalsOf = (size: Size): readonly Rival[] => {
  const updates = updatesOf(size);
  const peak = (from: number, to: number): Record_ => ({ 'optimizer.rate.peak': logUniform(from, to) });
  const rate = (from: number, to: number): Record_ => ({ 'optimizer.rate': logUniform(from, to) });
  // An epoch of the small sizes has few batches: older inverses are those of other parameters.
  const every = size.full === true ? 25 : 5;
  return [
    {
      name: 'SGD, warm-up and cosine',
      schedule: { type: 'backprop' },
      optimizer: { type: 'momentum', rate: scheduled(0.1, updates), momentum: 0.9 },
      space: { ...peak(1e-3, 3), ...decay },
    },
    {
      name: 'AdamW, warm-up and cosine',
      schedule: { type: 'backprop' },
      optimizer: { type: 'adamw', rate: scheduled(0.001, updates) },
      space: { ...peak(1e-5, 0.1), ...decay },
    },
    {
      name: 'Muon, warm-up and cosine',
      schedule: { type: 'backprop' },
      optimizer: { type: 'muon', rate: scheduled(0.01, updates) },
      space: { ...peak(1e-4, 0.3), ...decay },
    },
    {
      name: 'SOAP, warm-up and cosine',
      schedule: { type: 'backprop' },
      optimizer: {
        type: 'soap',
        rate: scheduled(0.003, updates),
        every: 10,
        most: size.full === true ? 1024 : 320,
      },
      space: { ...peak(1e-4, 0.1), ...decay },
    },
    {
      name: 'Shampoo, warm-up and cosine',
      schedule: { type: 'backprop' },
      optimizer: {
        type: 'shampoo',
        rate: scheduled(0.1, updates),
        epsilon: 1e-6,
        most: size.full === true ? 256 : 128,
      },
      space: { ...peak(1e-3, 3), ...decay },
    },
    {
      name: 'K-FAC',
      schedule: { type: 'kfac', every },
      optimizer: { type: 'momentum', rate: 0.01, momentum: 0.9 },
      space: { ...rate(1e-4, 1), 'schedule.damping': logUniform(1e-3, 10), ...decay },
    },
    {
      name: 'FOOF',
      schedule: { type: 'foof', every },
      optimizer: { type: 'momentum', rate: 0.01, momentum: 0.9 },
      space: { ...rate(1e-4, 1), 'schedule.damping': logUniform(1e-3, 10), ...decay },
    },
    {
      name: 'ProxProp exact, Nesterov',
      schedule: { type: 'proxprop', solver: 'exact' },
      optimizer: { type: 'nesterov', rate: 1, momentum: 0.95 },
      space: { ...rate(0.01, 10), 'schedule.tauTheta': logUniform(1e-3, 10), ...decay },
    },
    {
      name: 'ProxProp safe',
      schedule: { type: 'proxpropSafe' },
      optimizer: { type: 'sgd', rate: 1 },
      space: { 'schedule.lastTauTheta': logUniform(0.01, 100), ...decay },
    },
    {
      name: 'L-BFGS, all examples at once',
      schedule: { type: 'backprop' },
      optimizer: { type: 'lbfgs', rate: 0.5 },
      space: { ...rate(0.01, 1), 'optimizer.memory': { type: 'choice', values: [5, 10, 20] } },
      wholeBatch: true,
    },
  ];
};

/** A method as a configuration has it; the seed of its draws is that of all others. */
const methodOf = (
  { name, schedule, optimizer, space, wholeBatch }: Rival,
  { trials, train, epochs }: Size,
  more: Record_ = {},
): Method => ({
  name,
  schedule,
  optimizer,
  search: { count: trials, seed: 20, space },
  // An update an epoch: as many passes over the examples would be hardly any updates.
  ...(wholeBatch === true ? { batchSize: train, epochs: 4 * epochs } : {}),
  ...more,
});

const linear = (units: number): Record_ => ({ layer: 'linear', units });
const bent = (layer: string): Record_ => ({ layer });
const mlp = (units: readonly number[], outputs: number, by = 'relu'): readonly Record_[] => [
  ...units.flatMap((n) => [linear(n), bent(by)]),
  linear(outputs),
];

const half = [
  { layer: 'groupNorm', groups: 4 },
  bent('relu'),
  { layer: 'conv2d', filters: 16, size: 3 },
] as const;
const resNet = (blocks: number): readonly Json[] => [
  { layer: 'reshape', to: [28, 28, 1] },
  { layer: 'conv2d', filters: 16, size: 3, stride: 2 },
  { layer: 'copies', count: blocks, layers: [{ layer: 'residual', layers: [...half, ...half] }] },
  { layer: 'groupNorm', groups: 4 },
  bent('relu'),
  { layer: 'globalAvgPool' },
  linear(10),
];

const transformer = (width: number, hidden: number, blocks: number, vocabulary: number): readonly Json[] => [
  { layer: 'embedding', vocabulary, units: width },
  { layer: 'positional' },
  {
    layer: 'copies',
    count: blocks,
    layers: [
      {
        layer: 'residual',
        layers: [{ layer: 'layerNorm' }, { layer: 'selfAttention', heads: 4, causal: true }],
      },
      {
        layer: 'residual',
        layers: [
          { layer: 'layerNorm' },
          { layer: 'projection', units: hidden, bias: true },
          { layer: 'gelu' },
          { layer: 'projection', units: width, bias: true },
        ],
      },
    ],
  },
  { layer: 'layerNorm' },
  { layer: 'lastToken' },
  linear(vocabulary),
];

const cifarNote =
  'In the subset of 10,000 images, and wherever its files are read, the images went through JPEG compression before: results from it compare methods on the same bytes, and are no accuracies to be set beside published ones.';

interface Comparison {
  readonly title: string;
  readonly question: string;
  readonly data: Record_;
  readonly network: readonly Json[];
  readonly loss?: string;
  readonly target?: number;
  readonly more?: Record_;
  readonly small: Size;
  readonly full: Size;
  /** Which rivals; by name. Default: all. */
  readonly without?: readonly string[];
}

const seeds3 = [1, 2, 3];
const seeds5 = [1, 2, 3, 4, 5];

const comparisons: { readonly [name: string]: Comparison } = {
  mlp: {
    title: 'Rivals on a dense network, 3072-500-500-10, CIFAR-10 subset',
    question:
      'On a dense network, with the same number of settings for every method: who is first after equally many epochs, and after equally many seconds, and who generalises?',
    data: { name: 'cifar-10', note: cifarNote },
    network: mlp([500, 500], 10),
    target: 1,
    small: { trials: 8, seeds: seeds3, epochs: 10, batch: 500, train: 2500, test: 500, heldOut: 500 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 50,
      batch: 500,
      train: 10000,
      test: 2000,
      heldOut: 1000,
      full: true,
    },
  },
  convnet: {
    title: 'Rivals on the ConvNet of the paper, CIFAR-10 subset',
    question:
      'On a convolutional network, with the same number of settings for every method: who is first, and who generalises?',
    data: { name: 'cifar-10', note: cifarNote },
    network: [
      { layer: 'reshape', to: [32, 32, 3] },
      ...[16, 20, 20].flatMap((filters) => [
        { layer: 'conv2d', filters, size: 5 },
        bent('relu'),
        { layer: 'maxPool2d', size: 2 },
      ]),
      { layer: 'flatten' },
      linear(10),
    ],
    target: 1.2,
    small: { trials: 8, seeds: seeds3, epochs: 8, batch: 250, train: 2500, test: 500, heldOut: 500 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 50,
      batch: 500,
      train: 10000,
      test: 2000,
      heldOut: 1000,
      full: true,
    },
  },
  autoencoder: {
    title: 'Rivals on the USPS autoencoder 256-300-100-20-100-300-256, sigmoid',
    question:
      'On a deep, narrow autoencoder of sigmoids, which is hard for gradients: what does each metric gain?',
    data: { name: 'usps', target: 'input' },
    network: [...mlp([300, 100, 20, 100, 300], 256, 'sigmoid'), bent('sigmoid')],
    loss: 'squaredError',
    small: { trials: 8, seeds: seeds3, epochs: 20, batch: 100, train: 1000, test: 500, heldOut: 200 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 200,
      batch: 500,
      train: 5000,
      test: 2000,
      heldOut: 500,
      full: true,
    },
  },
  resnet: {
    title: 'Rivals on a pre-activation ResNet, Fashion-MNIST',
    question:
      'On a ResNet with group normalisation: does a metric still gain anything where norms and skips help gradients already?',
    data: { name: 'fashion-mnist' },
    network: resNet(3),
    target: 0.5,
    without: ['L-BFGS, all examples at once'],
    small: { trials: 6, seeds: seeds3, epochs: 3, batch: 100, train: 2000, test: 500, heldOut: 400 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 20,
      batch: 100,
      train: 8000,
      test: 2000,
      heldOut: 1000,
      full: true,
    },
  },
  transformer: {
    title: 'Rivals on a small causal transformer, characters of a text',
    question: 'On a transformer: does a metric gain anything over AdamW and Muon?',
    data: { name: 'characters' },
    network: transformer(32, 64, 2, 128),
    target: 2.5,
    more: { modules: ['../support/characters.ts'] },
    without: ['L-BFGS, all examples at once'],
    small: { trials: 6, seeds: seeds3, epochs: 4, batch: 100, train: 2000, test: 500, heldOut: 400 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 20,
      batch: 100,
      train: 8000,
      test: 2000,
      heldOut: 1000,
      full: true,
    },
  },
  gru: {
    title: 'Rivals on a GRU over the rows of images, Fashion-MNIST',
    question:
      'Through time, where one cell serves all rows: who trains it in fewest epochs, and in fewest seconds?',
    data: { name: 'fashion-mnist' },
    network: [{ layer: 'reshape', to: [28, 28] }, { layer: 'gru', units: 32 }, linear(10)],
    target: 0.7,
    without: ['L-BFGS, all examples at once'],
    small: { trials: 6, seeds: seeds3, epochs: 5, batch: 200, train: 2000, test: 500, heldOut: 400 },
    full: {
      trials: 32,
      seeds: seeds5,
      epochs: 30,
      batch: 200,
      train: 8000,
      test: 2000,
      heldOut: 1000,
      full: true,
    },
  },
  ...Object.fromEntries(
    (['tanh', 'relu'] as const).flatMap((by) =>
      [10, 30, 100].map((depth): readonly [string, Comparison] => [
        `depth-${by}-${depth}`,
        {
          title: `Rivals on ${depth} plain layers of ${by}, width 64, Fashion-MNIST`,
          question: `Where gradients fade or blow up through ${depth} layers without norms and skips: what do metrics gain?`,
          data: { name: 'fashion-mnist' },
          network: mlp(
            Array.from({ length: depth }, () => 64),
            10,
            by,
          ),
          target: 1,
          without: ['L-BFGS, all examples at once'],
          small: { trials: 6, seeds: seeds3, epochs: 8, batch: 100, train: 1000, test: 500, heldOut: 200 },
          full: {
            trials: 32,
            seeds: seeds5,
            epochs: 50,
            batch: 200,
            train: 8000,
            test: 2000,
            heldOut: 1000,
            full: true,
          },
        },
      ]),
    ),
  ),
};

const base = (
  name: string,
  { title, question, data, network, loss = 'softmaxCrossEntropy', target, more = {} }: Comparison,
  size: Size,
): Record_ => ({
  kind: 'training',
  name,
  title,
  question,
  data: { ...data, train: size.train, test: size.test },
  network,
  loss,
  batchSize: size.batch,
  epochs: size.epochs,
  seeds: size.seeds,
  ...(target === undefined ? {} : { target }),
  checkpointEvery: size.epochs,
  ...more,
});

const tuningOf = ({ epochs, heldOut }: Size): Record_ => ({ epochs, seed: 7, heldOut });

const comparison = (name: string, c: Comparison, size: Size): Config => ({
  ...base(`rivals-${name}`, c, size),
  tuning: tuningOf(size),
  methods: rivalsOf(size)
    .filter((rival) => c.without?.includes(rival.name) !== true)
    .map((rival) => methodOf(rival, size)),
});

const BATCHES = [16, 64, 256, 1024, 2048];

/** Steps to a loss by the size of a batch: each method at each size has settings of its own to choose. */
const batchSizes = (size: Size): Config => {
  const c: Comparison = {
    title: 'Batch size against steps to a loss, 784-128-64-10, Fashion-MNIST',
    question:
      'How far does a larger batch save steps, by method? Epochs to the loss, times examples over the batch size, are steps.',
    data: { name: 'fashion-mnist' },
    network: mlp([128, 64], 10),
    target: 0.5,
    small: size,
    full: size,
  };
  const wanted = ['SGD', 'ProxProp exact', 'Muon', 'K-FAC'];
  return {
    ...base('rivals-batch', c, size),
    tuning: tuningOf(size),
    methods: BATCHES.filter((batch) => batch <= size.train).flatMap((batch) =>
      rivalsOf({ ...size, batch })
        .filter(({ name }) => wanted.some((start) => name.startsWith(start)))
        .map((rival) =>
          methodOf({ ...rival, name: `${rival.name}, batch ${batch}` }, size, { batchSize: batch }),
        ),
    ),
  };
};

/** Loss at a fixed budget over five decades of the rate, two values a decade. */
const sensitivity = (size: Size): Config => {
  const c: Comparison = {
    title: 'Training loss by learning rate, 784-128-64-10, Fashion-MNIST',
    question: 'Over how many decades of the rate does each method train, everything else as published?',
    data: { name: 'fashion-mnist' },
    network: mlp([128, 64], 10),
    small: size,
    full: size,
  };
  const rates = Array.from({ length: 11 }, (_, i) => Number((10 ** (-4 + i / 2)).toPrecision(2)));
  const plain = (name: string, schedule: Record_, optimizer: Record_): Method => ({
    name,
    schedule,
    optimizer: { ...optimizer, rate: 0.1 },
    vary: { 'optimizer.rate': rates },
  });
  const gradient = { type: 'backprop' };
  return {
    ...base('rivals-rate', c, size),
    curve: { x: 'optimizer.rate', xTitle: 'learning rate' },
    methods: [
      plain('SGD, momentum', gradient, { type: 'momentum', momentum: 0.9 }),
      plain('AdamW', gradient, { type: 'adamw' }),
      plain('Muon', gradient, { type: 'muon' }),
      plain('SOAP', gradient, { type: 'soap', most: 512 }),
      plain('Shampoo', gradient, { type: 'shampoo', epsilon: 1e-6, most: 128 }),
      plain('K-FAC', { type: 'kfac', every: 5 }, { type: 'momentum', momentum: 0.9 }),
      plain('FOOF', { type: 'foof', every: 5 }, { type: 'momentum', momentum: 0.9 }),
      plain('ProxProp exact', { type: 'proxprop' }, { type: 'momentum', momentum: 0.9 }),
      plain('ProxProp safe', { type: 'proxpropSafe' }, { type: 'sgd' }),
    ],
  };
};

/** All configurations by the names of their files, without the ending. */
export const configurations = (): Configs => {
  const smallBatch: Size = {
    trials: 6,
    seeds: seeds3,
    epochs: 8,
    batch: 100,
    train: 2048,
    test: 500,
    heldOut: 400,
  };
  const fullBatch: Size = {
    trials: 32,
    seeds: seeds5,
    epochs: 40,
    batch: 100,
    train: 8000,
    test: 2000,
    heldOut: 1000,
    full: true,
  };
  return {
    ...Object.fromEntries(
      Object.entries(comparisons).flatMap(([name, c]) => [
        [name, comparison(name, c, c.small)],
        [`${name}.full`, comparison(name, c, c.full)],
      ]),
    ),
    batch: batchSizes(smallBatch),
    'batch.full': batchSizes(fullBatch),
    rate: sensitivity({ ...smallBatch, epochs: 5, train: 2000 }),
    'rate.full': sensitivity({ ...fullBatch, epochs: 20 }),
  };
};

/**
 * Configurations with nothing but the methods whose names start so; those that have none are left out, and curves, which are shown
 * whole. Throws a `Fault` if none is left.
 */
export const onlyOf = (start: string, all: Configs): Configs => {
  const left = Object.entries(all).flatMap(([name, config]): [string, Config][] => {
    const methods = config.methods.filter(({ name: own }) => own.startsWith(start));
    return config['curve'] !== undefined || methods.length === 0 ? [] : [[name, { ...config, methods }]];
  });
  return left.length === 0
    ? fail('options', '--only', 'how the name of a method starts', start)
    : Object.fromEntries(left);
};
