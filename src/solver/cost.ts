/**
 * The cost model: multiply-adds of each route for R rows, F columns, U units, beside backprop's own R·F·U.
 */
import { fail } from '../core';
import { type Blocks, type GramWay, type Route, type Solver } from './operator';

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

/**
 * The cheapest route that the solver can take for a system of this size, or the one that the user chose: by a way to form AᵀA,
 * the primal.
 */
export const chooseRoute = (solver: Solver, size: Size): Route => {
  if (solver.route !== undefined) return solver.route;
  if (solver.gram !== undefined) return 'primal';
  // Small systems cost nothing beside forming them; A and Aᵀ of such a design no more than backprop.
  if (size.blocks !== undefined) return solver.kind === 'cg' ? 'matrixFree' : 'primal';
  const n = solver.kind === 'cg' ? solver.iterations : 0;
  const routes: readonly Route[] =
    solver.kind === 'cg' ? ['dual', 'primal', 'matrixFree'] : ['primal', 'dual'];
  return routes.reduce((best, route) => (cost(route, size, n) < cost(best, size, n) ? route : best));
};

/** The cheapest way to form AᵀA, or the one that the user named. A `Fault` `options` where the layer has it not. */
export const chooseGram = <G extends Pick<GramWay, 'name' | 'cost'>>(
  solver: Solver,
  grams: readonly G[],
): G => {
  const named = solver.gram === undefined ? grams : grams.filter(({ name }) => name === solver.gram);
  const [first, ...others] = named;
  return first === undefined
    ? fail(
        'options',
        'solver.gram',
        `one of ${grams.map(({ name }) => name).join(', ')} for this layer`,
        solver.gram ?? 'none',
      )
    : others.reduce((best, way) => (way.cost < best.cost ? way : best), first);
};

/** How float64 forms AᵀA: as the product of A with itself, whatever that is called for the layer. */
export const doubleGram = (grams: readonly Pick<GramWay, 'name'>[]): GramWay['name'] =>
  grams.find(({ name }) => name !== 'lags')?.name ?? 'product';
