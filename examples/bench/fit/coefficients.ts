/** The numbers of a table of rates, each as a price: of all prices together the time of a solve is a sum. */
import { type Solver } from '../../../src';
import { nonNegative } from './leastSquares';

type Rates = Solver.Rates;

/** A table with this price in place of its own: microseconds of a call, or the reciprocal of a rate. */
export type Coefficient = (table: Rates, price: number) => Rates;

const FREE: Solver.Rate = { gigaflops: Infinity, gigabytes: Infinity };
const FREE_CALL: Solver.CallRate = { call: 0, gigaflops: Infinity };
const FREE_SOLVE: Solver.SolveRate = { call: 0, solve: FREE, apply: FREE };

/** Nothing takes any time. */
export const free: Rates = {
  machine: '',
  date: '',
  gram: { product: FREE_CALL, patches: FREE_CALL, lags: FREE_CALL, dual: FREE_CALL },
  wideGram: { product: FREE_CALL, dual: FREE_CALL },
  singleGram: { product: FREE_CALL, dual: FREE_CALL },
  factor: { float64: FREE_CALL, float32: FREE_CALL, inverse: FREE_CALL },
  exact: { primal: FREE_SOLVE, dual: FREE_SOLVE, inverse: FREE_SOLVE },
  single: { primal: FREE_SOLVE, dual: FREE_SOLVE },
  cg: { primal: FREE_SOLVE, dual: FREE_SOLVE, matrixFree: FREE_SOLVE },
  small: { exact: FREE_CALL, cg: FREE_CALL },
};

type Group = 'gram' | 'wideGram' | 'singleGram' | 'factor' | 'small';

/** Both numbers of a kind of call. */
export const callOf = <G extends Group>(group: G, name: keyof Rates[G] & string): readonly Coefficient[] => {
  const change = (table: Rates, by: Partial<Solver.CallRate>): Rates => {
    const calls: { readonly [name: string]: Solver.CallRate } = { ...table[group] };
    return { ...table, [group]: { ...calls, [name]: { ...(calls[name] ?? FREE_CALL), ...by } } };
  };
  return [
    (table, price) => change(table, { call: price }),
    (table, price) => change(table, { gigaflops: 1 / price }),
  ];
};

/** All numbers of what follows the factor. */
export const solveOf = <G extends 'exact' | 'single' | 'cg'>(
  group: G,
  name: keyof Rates[G] & string,
): readonly Coefficient[] => {
  const change = (table: Rates, by: (old: Solver.SolveRate) => Partial<Solver.SolveRate>): Rates => {
    const solves: { readonly [name: string]: Solver.SolveRate } = { ...table[group] };
    const old = solves[name] ?? FREE_SOLVE;
    return { ...table, [group]: { ...solves, [name]: { ...old, ...by(old) } } };
  };
  return [
    (table, price) => change(table, () => ({ call: price })),
    (table, price) => change(table, ({ solve }) => ({ solve: { ...solve, gigaflops: 1 / price } })),
    (table, price) => change(table, ({ solve }) => ({ solve: { ...solve, gigabytes: 1 / price } })),
    (table, price) => change(table, ({ apply }) => ({ apply: { ...apply, gigaflops: 1 / price } })),
    (table, price) => change(table, ({ apply }) => ({ apply: { ...apply, gigabytes: 1 / price } })),
  ];
};

/** A time that was measured, and what a table makes of it. */
export interface Point {
  readonly microseconds: number;
  readonly by: (table: Rates) => number;
}

/** The table with those of its prices that agree best with some times, all others as they are. */
export const fitted = (
  table: Rates,
  coefficients: readonly Coefficient[],
  points: readonly Point[],
): Rates => {
  // The formula is linear in the prices: each column is the time where one of them is 1, and nothing else takes any.
  const rows = points.map(({ by }) => coefficients.map((set) => by(set(free, 1))));
  const prices = nonNegative(
    rows,
    points.map(({ microseconds }) => microseconds),
  );
  return coefficients.reduce((found, set, i) => set(found, prices[i] ?? 0), table);
};
