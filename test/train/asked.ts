/** Trainings that ask for anything that the options have, and what they tell. */
import * as fc from 'fast-check';
import { abs, mean, sub } from '@tensorflow/tfjs-core';
import {
  adam,
  backprop,
  cg,
  chain,
  confusion,
  describe as lineOf,
  dispose,
  type ExampleArrays,
  exact,
  Key,
  linear,
  type LoopOptions,
  type Method,
  metric,
  momentum,
  type Optimizer,
  predictiveCoding,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  toHost,
  topK,
  train,
  Tree,
} from '../../src';
import { boxes } from '../support';

export const net = chain(linear(4, 5), relu(5), linear(5, 3));
export type P = ReturnType<typeof net.init>;

export const methods: Readonly<Record<string, Method>> = {
  backprop: backprop({ tau: 0.7 }),
  'predictive coding': predictiveCoding({ steps: 3 }),
  'proxprop exact': proxprop({ tauTheta: 0.1, solver: exact() }),
  'proxprop cg3': proxprop({ tauTheta: 0.1, solver: cg(3) }),
};

export const optimizers: Readonly<Record<string, Optimizer.Optimizer>> = {
  sgd: sgd((step) => 0.2 / (1 + step)),
  momentum: momentum(0.1),
  adam: adam(0.01),
};

/** What a training is asked for. */
export interface Asked {
  readonly method: string;
  readonly optimizer: string;
  readonly counts: { readonly train: number; readonly test: number; readonly validation: number };
  readonly weighted: boolean;
  readonly epochs: number;
  readonly batchSize: number;
  readonly every: number | undefined;
  readonly everyBatches: number | undefined;
  readonly part: number | undefined;
  readonly running: boolean;
  readonly metrics: boolean;
  readonly diagnostics: 'batch' | 'epoch' | undefined;
  readonly checkpointEvery: number | undefined;
  readonly watch: boolean;
  readonly profile: boolean;
  readonly seed: number;
}

const maybe = (most: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max: most }), { nil: undefined });

/** Trainings by these methods; no test or validation examples where the count is 0. */
export const trainings = (by: readonly string[]): fc.Arbitrary<Asked> =>
  fc.record({
    method: fc.constantFrom(...by),
    optimizer: fc.constantFrom(...Object.keys(optimizers)),
    counts: fc.record({
      train: fc.integer({ min: 1, max: 13 }),
      test: fc.constantFrom(0, 1, 5),
      validation: fc.constantFrom(0, 3),
    }),
    weighted: fc.boolean(),
    epochs: fc.integer({ min: 0, max: 4 }),
    batchSize: fc.integer({ min: 1, max: 6 }),
    every: maybe(3),
    everyBatches: maybe(3),
    part: maybe(4),
    running: fc.boolean(),
    metrics: fc.boolean(),
    diagnostics: fc.constantFrom('batch', 'epoch', undefined),
    checkpointEvery: maybe(3),
    watch: fc.boolean(),
    profile: fc.boolean(),
    seed: fc.nat({ max: 1e6 }),
  });

export const metrics = [
  topK(2),
  confusion(3),
  metric('spread', (output) => mean(abs(sub(output, mean(output))), 1)),
];

const examplesOf = (seed: number, count: number, weighted: boolean): ExampleArrays => ({
  ...boxes(seed, count, 4, 3),
  // The first one counts, so that every set has a weight.
  ...(weighted ? { weights: Float32Array.from({ length: count }, (_, i) => ((i + 1) * 7) % 4) } : {}),
});

/** The sets of examples of a training. */
export const splitsOf = ({ counts, weighted, seed }: Asked) => ({
  train: examplesOf(seed, counts.train, weighted),
  ...(counts.test === 0 ? {} : { test: examplesOf(seed + 1, counts.test, weighted) }),
  ...(counts.validation === 0 ? {} : { validation: examplesOf(seed + 2, counts.validation, false) }),
});

export const optionsOf = (asked: Asked, parameters: P): LoopOptions<P> => {
  const { every, everyBatches, part, running, diagnostics, checkpointEvery, watch, profile } = asked;
  return {
    ...splitsOf(asked),
    parameters,
    method: methods[asked.method] ?? backprop(),
    optimizer: optimizers[asked.optimizer] ?? sgd(1),
    epochs: asked.epochs,
    batchSize: asked.batchSize,
    key: Key.key(asked.seed),
    evaluate: {
      ...(every === undefined ? {} : { every }),
      ...(everyBatches === undefined ? {} : { everyBatches }),
      ...(part === undefined ? {} : { part }),
      ...(running ? { trainLoss: 'running' as const } : {}),
    },
    ...(asked.metrics ? { metrics } : {}),
    ...(diagnostics === undefined ? {} : { diagnostics }),
    ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    ...(watch ? { watch } : {}),
    ...(profile ? { profile } : {}),
  };
};

export const hostsOf = (tree: Tree.Tree): readonly (readonly number[])[] =>
  Tree.leaves(tree).map((leaf) => [...toHost(leaf)]);

/** An event as it is compared: without its times; tensors as their numbers. */
export interface Told {
  /** What kind of event, and of which epoch and batch. */
  readonly at: string;
  readonly numbers: unknown;
  readonly parameters?: readonly (readonly number[])[];
}

/** All that a training tells, and frees. */
export const toldBy = async (
  asked: Asked,
  change: Partial<LoopOptions<P>> = {},
): Promise<readonly Told[]> => {
  const parameters = net.init(Key.key(asked.seed + 3));
  const all: Told[] = [];
  for await (const event of train(net, softmaxCrossEntropy, {
    ...optionsOf(asked, parameters),
    ...change,
  }))
    switch (event.tag) {
      case 'epoch': {
        const { epoch, seconds: _seconds, parameters: at, ...numbers } = event;
        all.push({ at: `epoch ${epoch}`, numbers, parameters: hostsOf(at) });
        break;
      }
      case 'evaluation': {
        const { epoch, batch, seconds: _seconds, ...numbers } = event;
        all.push({ at: `evaluation ${epoch}.${batch}`, numbers });
        break;
      }
      case 'batch': {
        const { epoch, batch, profile, watched, ...numbers } = event;
        const { parameters: at, ...norms } = watched ?? { parameters: undefined };
        all.push({
          at: `batch ${epoch}.${batch}`,
          numbers: { ...numbers, ...norms, profiled: profile !== undefined },
          ...(at === undefined ? {} : { parameters: hostsOf(at) }),
        });
        break;
      }
      case 'diagnostics': {
        const { epoch, batch, seconds: _seconds, ...numbers } = event;
        all.push({ at: `diagnostics ${epoch}.${batch}`, numbers });
        break;
      }
      case 'checkpoint':
        all.push({
          at: `checkpoint ${event.epoch}`,
          numbers: event.state.map(({ step, moments }) => [step, moments.map(hostsOf)]),
          parameters: hostsOf(event.parameters),
        });
        break;
      case 'done':
      case 'failed':
        all.push({
          at: event.tag === 'done' ? 'done' : `failed: ${lineOf(event.error)}`,
          numbers: undefined,
          parameters: hostsOf(event.parameters),
        });
        dispose(event.parameters);
    }
  dispose(parameters);
  return all;
};
