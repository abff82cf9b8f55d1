/** Steps of both networks by each method, and how exact steps scale. */
import {
  backprop,
  cg,
  chain,
  exact,
  type Example,
  type AnyChain,
  dispose,
  linear,
  type Method,
  type Profile,
  proxprop,
  relu,
  Solver,
} from '../../src';
import { rowTransformer } from '../support/networks';
import { largeProduct } from './limit';
import { type Effort, interleaved, median, paired, TURN } from './measure';
import {
  convNet,
  convWork,
  denseExample,
  denseWork,
  imageExample,
  mlp,
  MLP_SIZES,
  rowImages,
  transformerWork,
} from './networks';
import { meanProfile, stepper } from './stepper';

const BATCH = 500;

const methods = (tauTheta: number): readonly (readonly [string, Method])[] => [
  ['backprop', backprop()],
  ['cg1', proxprop({ tauTheta, solver: cg(1) })],
  ['cg3', proxprop({ tauTheta, solver: cg(3) })],
  ['cg10', proxprop({ tauTheta, solver: cg(10) })],
  ['exact', proxprop({ tauTheta, solver: exact() })],
];

/** A method's step, by its median and by the medians of its ratios. */
export interface StepTime {
  readonly name: string;
  readonly milliseconds: number;
  readonly toBackprop: number;
  /** To the time of backprop's multiply-adds at the speed of a large product, taken in the same rounds. */
  readonly toLimit: number;
}

export interface NetworkSteps {
  /** Backprop first. */
  readonly times: readonly StepTime[];
  /** 10⁹ floating-point operations a second of the large product. */
  readonly gigaflops: number;
  /** On request, in milliseconds. */
  readonly profiles: readonly (readonly [string, Profile])[] | undefined;
}

export interface NetworkEffort extends Effort {
  readonly profiled: boolean;
}

/** `work`: multiply-adds of a step of backprop. */
const measure = (
  net: AnyChain,
  example: Example,
  work: number,
  { profiled, ...effort }: NetworkEffort,
  contenders: readonly (readonly [string, Method])[],
): NetworkSteps => {
  const steppers = contenders.map(([name, method]) => [name, stepper(net, method, example)] as const);
  const limit = largeProduct();
  const found = interleaved(
    Object.fromEntries([
      ...steppers.map(([name, { run }]) => [name, run] as const),
      [limit.name, limit.run] as const,
    ]),
    effort,
  );
  const profiles = profiled
    ? steppers.flatMap(([name, { profile }]) => {
        const mean = meanProfile(Array.from({ length: effort.rounds }, profile));
        return mean === undefined ? [] : [[name, mean] as const];
      })
    : undefined;
  for (const [, { end }] of steppers) end();
  limit.end();
  dispose(example.input, example.target);
  const of = (name: string): readonly number[] => found[name] ?? [];
  const [first = ''] = contenders.map(([name]) => name);
  return {
    times: contenders.map(([name]) => ({
      name,
      milliseconds: median(of(name)),
      toBackprop: paired(of(name), of(first)),
      toLimit: paired(of(name), of(limit.name)) * (limit.work / (2 * work)),
    })),
    gigaflops: limit.work / median(of(limit.name)) / 1e6,
    profiles,
  };
};

/** By the paper's τ_θ. */
export const mlpSteps = (effort: NetworkEffort): NetworkSteps =>
  measure(mlp(), denseExample(BATCH), denseWork(BATCH, MLP_SIZES), effort, methods(0.05));

/** Smaller networks, as people train most. */
export const denseNetworks = [
  ['784-256-128-10', [784, 256, 128, 10]],
  ['3072-500-500-10', [3072, 500, 500, 10]],
] as const;

/** A dense ReLU network of three layers on images, or on independent inputs where they are not those of 28 × 28 pixels. */
export const denseSteps = (
  sizes: readonly [number, number, number, number],
  effort: NetworkEffort,
): NetworkSteps => {
  const [inputs, first, second, classes] = sizes;
  const net = chain(
    linear(inputs, first),
    relu(first),
    linear(first, second),
    relu(second),
    linear(second, classes),
  );
  const example = inputs === 784 ? rowImages(BATCH) : denseExample(BATCH);
  return measure(net, example, denseWork(BATCH, sizes), effort, methods(0.05));
};

export const convNetSteps = (effort: NetworkEffort): NetworkSteps =>
  measure(convNet(), imageExample(BATCH), convWork(BATCH), effort, methods(1));

/** Batches of 100, as `examples/transformer.ts` takes them. */
export const transformerSteps = (effort: NetworkEffort): NetworkSteps =>
  measure(rowTransformer(), rowImages(100), transformerWork(100), effort, methods(0.05));

export interface Point {
  readonly network: string;
  readonly batch: number;
  readonly backprop: number;
  readonly ratio: number;
  readonly predicted: number;
}

/** 1 + multiply-adds of the exact solves of all hidden layers / those of backprop. */
const predicted = (batch: number, sizes: readonly number[]): number => {
  const solves = sizes.slice(1, -1).map((units, i) => {
    const size = { rows: batch, columns: (sizes[i] ?? 0) + 1, units };
    return Solver.cost(Solver.chooseRoute(exact(), size), size);
  });
  return 1 + solves.reduce((a, b) => a + b, 0) / denseWork(batch, sizes);
};

/** At several batch sizes and widths; medians of five. */
export const scaling = (quick: boolean): readonly Point[] => {
  const effort = { rounds: 5, warm: TURN, profiled: false };
  const widths = [
    ['hidden 500', [500, 500, 500]],
    ['hidden 2000', [2000, 2000, 2000]],
    ['4000-1000-4000', [4000, 1000, 4000]],
  ] as const;
  const batches = quick ? [64, 500] : [64, 256, 500, 1024, 2048];
  return widths.flatMap(([network, [first, second, third]]) =>
    batches.map((batch): Point => {
      const net = mlp(first, second, third);
      const sizes = [MLP_SIZES[0], first, second, third, MLP_SIZES[4]];
      const { times } = measure(net, denseExample(batch), denseWork(batch, sizes), effort, [
        ['backprop', backprop()],
        ['exact', proxprop({ tauTheta: 0.05, solver: exact() })],
      ]);
      const [own, proximal] = times;
      return {
        network,
        batch,
        backprop: own?.milliseconds ?? Number.NaN,
        ratio: proximal?.toBackprop ?? Number.NaN,
        predicted: predicted(batch, sizes),
      };
    }),
  );
};
