/**
 * The cost model: multiply-adds of each route for R rows, F columns and U units, in addition to
 * backprop's own R·F·U. Their time, by which routes are chosen, is in `solveTime.ts`.
 */
import { type Blocks, type GramWay, type Route } from './operator';
import { singlePays } from './smallWork';

/** The size of a linear system: rows, columns and units of its design. */
export interface SystemSize {
  /** R: examples times positions. */
  readonly rows: number;
  /** F: unknowns of each unit, such as fan-in + 1. */
  readonly columns: number;
  /** U: output units, each a right-hand side. */
  readonly units: number;
  /** The ways to form AᵀA. Default: the product of A with itself, R·F²/2 multiply-adds. */
  readonly grams?: readonly Pick<GramWay, 'name' | 'cost'>[];
  /** Given if AᵀA is block diagonal. */
  readonly blocks?: Blocks;
}

const primalGram = ({ rows: r, columns: f, grams = [] }: SystemSize): number =>
  grams.length === 0 ? (r * f * f) / 2 : Math.min(...grams.map(({ cost: c }) => c));

/**
 * Multiply-adds of a solve: forming half of the Gram matrix, factoring it or iterating, and solving
 * for all units. `iterations` are those of CG; 0 stands for an exact solve.
 *
 *     primal       R·F²/2 + F³/6 + F²·U   or   R·F²/2 + iterations·F²·U
 *     dual         R²·F/2 + R³/6 + R²·U   or   R²·F/2 + iterations·R²·U
 *     matrixFree   2·iterations·R·F·U
 *
 * If a system is large enough to be factored in float32, an exact dual solve substitutes for the
 * columns of A if these are fewer: R²·F in place of R²·U. It takes the units if float32 turns out
 * not to be accurate enough.
 *
 * `route` is the form of the system, and `size` has its R `rows`, F `columns` and U `units`.
 *
 * @example cost('dual', { rows: 6, columns: 6, units: 1 }) // 180
 */
export const cost = (route: Route, size: SystemSize, iterations = 0): number => {
  const { rows: r, columns: f, units: u } = size;
  switch (route) {
    case 'primal':
      return primalGram(size) + (iterations === 0 ? f ** 3 / 6 + f * f * u : iterations * f * f * u);
    case 'dual':
      return iterations === 0
        ? (r * r * f) / 2 + r ** 3 / 6 + r * r * (singlePays(size, r) ? Math.min(u, f) : u)
        : (r * r * f) / 2 + iterations * r * r * u;
    case 'matrixFree':
      return 2 * iterations * r * f * u;
  }
};
