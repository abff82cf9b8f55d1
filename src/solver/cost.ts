/**
 * The cost model: multiply-adds of each route for R rows, F columns, U units, beside backprop's own R·F·U. What they take in time, by
 * which routes are chosen, is in `solveTime.ts`.
 */
import { type Blocks, type GramWay, type Route } from './operator';

/** The size of a linear system: rows, columns and units of its design. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  /** The ways to form AᵀA. Default: the product of A with itself, R·F²/2. */
  readonly grams?: readonly Pick<GramWay, 'name' | 'cost'>[];
  /** Whether AᵀA is block diagonal. */
  readonly blocks?: Blocks;
}

const primalGram = ({ rows: r, columns: f, grams = [] }: Size): number =>
  grams.length === 0 ? (r * f * f) / 2 : Math.min(...grams.map(({ cost: c }) => c));

/** Multiply-adds of forming a Gram matrix (half of it), factoring it, and solving for all units. */
export const cost = (route: Route, size: Size, iterations = 0): number => {
  const { rows: r, columns: f, units: u } = size;
  switch (route) {
    case 'primal':
      return primalGram(size) + (iterations === 0 ? f ** 3 / 6 + f * f * u : iterations * f * f * u);
    case 'dual':
      return iterations === 0
        ? (r * r * f) / 2 + r ** 3 / 6 + r * r * u
        : (r * r * f) / 2 + iterations * r * r * u;
    case 'matrixFree':
      return 2 * iterations * r * f * u;
  }
};
