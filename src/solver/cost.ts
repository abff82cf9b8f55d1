/**
 * The cost model: multiply-adds of each route for R rows, F columns, U units, beside backprop's own R·F·U.
 */
import { type Route, type Solver } from './operator';

export interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
}

/** Multiply-adds of forming a Gram matrix (half of it), factoring it, and solving for all units. */
export const cost = (route: Route, { rows: r, columns: f, units: u }: Size, iterations = 0): number => {
  switch (route) {
    case 'primal':
      return (r * f * f) / 2 + f ** 3 / 6 + f * f * u;
    case 'dual':
      return iterations === 0
        ? (r * r * f) / 2 + r ** 3 / 6 + r * r * u
        : (r * r * f) / 2 + iterations * r * r * u;
    case 'matrixFree':
      return 2 * iterations * r * f * u;
  }
};

/** The cheapest route that the solver can take for a system of this size, or the one that the user chose. */
export const chooseRoute = (solver: Solver, size: Size): Route => {
  if (solver.route !== undefined) return solver.route;
  const n = solver.kind === 'cg' ? solver.iterations : 0;
  const [first, second]: readonly [Route, Route] =
    solver.kind === 'cg' ? ['dual', 'matrixFree'] : ['primal', 'dual'];
  return cost(first, size, n) <= cost(second, size, n) ? first : second;
};
