/** Steps of both networks by each method, and how exact steps scale. */
import {
  backprop,
  cg,
  exact,
  type Example,
  type AnyChain,
  dispose,
  type Method,
  type Profile,
  proxprop,
  Solver,
} from '../../src';
import { interleaved } from './measure';
import { convNet, convWork, denseExample, denseWork, imageExample, mlp, MLP_SIZES } from './networks';
import { meanProfile, stepper } from './stepper';

const BATCH = 500;

const methods = (tauTheta: number): readonly (readonly [string, Method])[] => [
  ['backprop', backprop()],
  ['cg1', proxprop({ tauTheta, solver: cg(1) })],
  ['cg3', proxprop({ tauTheta, solver: cg(3) })],
  ['cg10', proxprop({ tauTheta, solver: cg(10) })],
  ['exact', proxprop({ tauTheta, solver: exact() })],
];

export interface NetworkSteps {
  /** Milliseconds of each method, backprop first. */
  readonly medians: readonly (readonly [string, number])[];
  /** Milliseconds that backprop's multiply-adds take at the limit. */
  readonly limit: number;
  /** On request, in milliseconds. */
  readonly profiles: readonly (readonly [string, Profile])[] | undefined;
}

const measure = (
  net: AnyChain,
  example: Example,
  limit: number,
  rounds: number,
  profiled: boolean,
  contenders: readonly (readonly [string, Method])[],
): NetworkSteps => {
  const steppers = contenders.map(([name, method]) => [name, stepper(net, method, example)] as const);
  const times = interleaved(Object.fromEntries(steppers.map(([name, { run }]) => [name, run])), rounds);
  const profiles = profiled
    ? steppers.flatMap(([name, { profile }]) => {
        const mean = meanProfile(Array.from({ length: rounds }, profile));
        return mean === undefined ? [] : [[name, mean] as const];
      })
    : undefined;
  for (const [, { end }] of steppers) end();
  dispose(example.input, example.target);
  return { medians: Object.entries(times), limit, profiles };
};

/** By the paper's τ_θ. */
export const mlpSteps = (perSecond: number, rounds: number, profiled: boolean): NetworkSteps =>
  measure(
    mlp(),
    denseExample(BATCH),
    (2000 * denseWork(BATCH, MLP_SIZES)) / perSecond,
    rounds,
    profiled,
    methods(0.05),
  );

export const convNetSteps = (perSecond: number, rounds: number, profiled: boolean): NetworkSteps =>
  measure(convNet(), imageExample(BATCH), (2000 * convWork(BATCH)) / perSecond, rounds, profiled, methods(1));

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

/** At several batch sizes and widths; medians of three, as each is a large step. */
export const scaling = (quick: boolean): readonly Point[] => {
  const widths = [
    ['hidden 500', [500, 500, 500]],
    ['hidden 2000', [2000, 2000, 2000]],
    ['4000-1000-4000', [4000, 1000, 4000]],
  ] as const;
  const batches = quick ? [64, 500] : [64, 256, 500, 1024, 2048];
  return widths.flatMap(([network, [first, second, third]]) =>
    batches.map((batch): Point => {
      const net = mlp(first, second, third);
      const { medians } = measure(net, denseExample(batch), 1, 3, false, [
        ['backprop', backprop()],
        ['exact', proxprop({ tauTheta: 0.05, solver: exact() })],
      ]);
      const [own = Number.NaN, proximal = Number.NaN] = medians.map(([, t]) => t);
      const sizes = [MLP_SIZES[0], first, second, third, MLP_SIZES[4]];
      return { network, batch, backprop: own, ratio: proximal / own, predicted: predicted(batch, sizes) };
    }),
  );
};
