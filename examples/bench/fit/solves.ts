/** Solves of many sizes by every way that there is, and how long each part of them takes. */
import { type Tensor } from '@tensorflow/tfjs-core';
import * as Rec from 'fp-ts/Record';
import {
  type AnyLayer,
  avgPool2d,
  cg,
  conv2d,
  dispose,
  exact,
  fail,
  Key,
  linear,
  phases,
  type Profile,
  scope,
  Solver,
} from '../../../src';
import { profiled } from '../../../src/internal';
import { product } from '../limit';
import { median } from '../measure';

/** 1/τ_θ of the paper's multilayer perceptron. */
const BETA = 20;

/** A system, how it was solved, and the medians of its parts in microseconds. */
export interface Solve {
  readonly size: Solver.Size;
  readonly solver: Solver.Solver;
  readonly route: Solver.Route;
  readonly gram: number;
  readonly factor: number;
  /** All else. */
  readonly rest: number;
}

/** How many iterations of CG; 0 for an exact solve. */
export const iterationsOf = ({ solver }: Pick<Solve, 'solver'>): number =>
  solver.kind === 'cg' ? solver.iterations : 0;

export const totalOf = ({ gram, factor, rest }: Solve): number => gram + factor + rest;

/** A layer on a batch. Inputs have a common part, as those of pixels and of ReLU have. */
interface System {
  readonly layer: AnyLayer;
  readonly input: () => Tensor;
  readonly solvers: readonly Solver.Solver[];
}

const SIZES: readonly (readonly [rows: number, fanIn: number])[] = [
  [8, 64],
  [16, 256],
  [64, 32],
  [64, 256],
  [64, 784],
  [128, 128],
  [200, 100],
  [200, 256],
  [500, 64],
  [500, 128],
  [500, 256],
  [500, 400],
  [500, 500],
  [500, 784],
  [500, 1500],
  [1000, 256],
  [1000, 500],
  [1000, 1000],
  [2000, 500],
];

const UNITS = [10, 100, 500];

/** By turns, so that not every size takes all of them. */
const ITERATIONS = [1, 3, 10];

/** Images, channels, filters and kernel of convolutions. */
const CONVOLUTIONS: readonly (readonly [
  batch: number,
  side: number,
  channels: number,
  filters: number,
  kernel: number,
])[] = [
  [20, 28, 1, 8, 3],
  [100, 28, 1, 16, 5],
  [100, 14, 8, 16, 3],
  [100, 32, 3, 16, 5],
  [100, 16, 16, 20, 5],
  [100, 8, 20, 20, 5],
  [50, 14, 16, 16, 3],
  [50, 8, 64, 64, 3],
];

const denseSystems = (quick: boolean): readonly System[] =>
  (quick ? SIZES.filter((_, i) => i % 6 === 3) : SIZES).flatMap(([rows, fanIn], i) =>
    UNITS.map((units, j): System => {
      const iterations = ITERATIONS[(i + j) % ITERATIONS.length] ?? 1;
      return {
        layer: linear(fanIn, units),
        input: () => Key.uniform(Key.key(1), [rows, fanIn], 0, 1),
        solvers: [
          exact({ route: 'primal' }),
          exact({ route: 'dual' }),
          cg(iterations, { route: 'primal' }),
          cg(iterations, { route: 'dual' }),
          cg(iterations, { route: 'matrixFree' }),
        ],
      };
    }),
  );

const convolutionSystems = (quick: boolean): readonly System[] =>
  (quick ? CONVOLUTIONS.slice(0, 2) : CONVOLUTIONS).map(
    ([batch, side, channels, filters, kernel]): System => {
      const shape = [side, side, channels] as const;
      return {
        layer: conv2d(shape, filters, kernel, { padding: 'same' }),
        input: () =>
          scope(() =>
            avgPool2d(shape, 3, { stride: 1, padding: 'same' }).forward(
              {},
              Key.uniform(Key.key(1), [batch, ...shape], 0, 1),
            ),
          ),
        solvers: [exact({ gram: 'patches' }), exact({ gram: 'lags' }), cg(3, { gram: 'lags' })],
      };
    },
  );

const sum = (profile: Profile): number => phases.reduce((total, phase) => total + profile[phase], 0);

/** A product of some milliseconds. */
const YARDSTICK = [500, 1000, 1000] as const;

/** A solve is taken again for so many milliseconds in each round, but no more often than that. */
const TURN = 4;
const MOST = 20;

/** A solve some times over: the mean of its parts. */
const profileOf = (solve: () => void, times: number): Profile => {
  const { profile } = profiled(() => {
    for (let i = 0; i < times; i++) solve();
  });
  return Rec.map((milliseconds: number) => milliseconds / times)(profile);
};

/** Rounds of all solvers on one system, beside a product by whose speed times of other systems are compared. */
const measuredOn = ({ layer, input, solvers }: System, rounds: number, unit: number): readonly Solve[] => {
  const x = input();
  const design = layer.design?.(x) ?? fail('options', 'a layer', 'one with a design', 'none');
  const h = Key.uniform(Key.key(2), [...x.shape.slice(0, 1), ...layer.output], -1, 1);
  const yardstick = product(...YARDSTICK);
  const rightSide = design.outputs(h);
  const found = solvers.map((): Profile[] => []);
  const tasks = solvers.map((solver) => (): void => {
    scope(() => {
      // A solution and numbers, of which nothing is kept.
      Solver.solveRidge(design, rightSide, BETA, solver);
    });
  });
  // Warm, so that what is timed is the code as it is compiled at last.
  const times = tasks.map((solve) => {
    profileOf(solve, 2);
    const once = sum(profileOf(solve, 1));
    return Math.max(1, Math.min(MOST, Math.ceil(TURN / once)));
  });
  tasks.forEach((solve, i) => profileOf(solve, times[i] ?? 1));
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    yardstick.run();
    speeds.push(performance.now() - from);
    tasks.forEach((solve, i) => found[i]?.push(profileOf(solve, times[i] ?? 1)));
  }
  yardstick.end();
  const { rows, columns, units } = design;
  const grams = design.grams.map(({ name, cost }) => ({ name, cost }));
  dispose(x, h);
  if (rightSide !== h) dispose(rightSide);
  const microseconds = (of: (profile: Profile) => number, i: number): number =>
    1000 *
    unit *
    median((found[i] ?? []).map((profile, round) => of(profile) / (speeds[round] ?? Number.NaN)));
  return solvers.map((solver, i): Solve => {
    const named = solver.gram === undefined ? grams : grams.filter(({ name }) => name === solver.gram);
    const size = { rows, columns, units, grams: named };
    return {
      size,
      solver,
      route: Solver.chooseRoute(solver, size),
      gram: microseconds(({ gram }) => gram, i),
      factor: microseconds(({ factor }) => factor, i),
      rest: microseconds((profile) => sum(profile) - profile.gram - profile.factor, i),
    };
  });
};

/** All of them, by systems. */
export const solves = (rounds: number, quick: boolean): readonly (readonly Solve[])[] => {
  const yardstick = product(...YARDSTICK);
  const taken = Array.from({ length: 4 * rounds }, () => {
    const from = performance.now();
    yardstick.run();
    return performance.now() - from;
  });
  yardstick.end();
  const unit = median(taken.slice(rounds));
  return [...denseSystems(quick), ...convolutionSystems(quick)].map((system) =>
    measuredOn(system, rounds, unit),
  );
};
