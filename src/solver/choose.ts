/**
 * Chooses the route of a solver and how it forms AᵀA: the fastest by the table of rates, unless you
 * chose.
 */
import { fail } from '../core';
import { type SystemSize } from './cost';
import { type GramWay, type Route, type Solver } from './operator';
import { type Rates } from './rate';
import { rates } from './rates';
import { gramTime, solveTime } from './solveTime';

/** The item with the lowest price; the first of equal ones. */
const least = <A>([first, ...others]: readonly [A, ...A[]], price: (a: A) => number): A =>
  others.reduce((best, a) => (price(a) < price(best) ? a : best), first);

/**
 * The fastest route that the solver can take for a system of this size, by the table of rates. If
 * you chose a route, that one is returned; if you chose how AᵀA is formed, the primal route is.
 *
 * @example chooseRoute(exact(), { rows: 500, columns: 785, units: 256 })
 */
export const chooseRoute = (solver: Solver, size: SystemSize, table: Rates = rates): Route => {
  if (solver.route !== undefined) return solver.route;
  if (solver.gram !== undefined) return 'primal';
  // Small systems cost little beside forming them, and products with A and Aᵀ of such a design no
  // more than backprop.
  if (size.blocks !== undefined) return solver.kind === 'cg' ? 'matrixFree' : 'primal';
  const n = solver.kind === 'cg' ? solver.iterations : 0;
  return least<Route>(solver.kind === 'cg' ? ['dual', 'primal', 'matrixFree'] : ['primal', 'dual'], (route) =>
    solveTime(route, size, n, table),
  );
};

/**
 * The fastest way to form AᵀA by the table of rates, or the one that the solver names. Throws a
 * `Fault` with tag `options` if the layer does not have that way.
 *
 * `grams` are the ways that the design offers.
 *
 * @example
 * chooseGram(exact(), [{ name: 'patches', cost: 1e9 }, { name: 'lags', cost: 1e8 }]).name // 'lags'
 */
export const chooseGram = <G extends Pick<GramWay, 'name' | 'cost'>>(
  solver: Solver,
  grams: readonly G[],
  table: Rates = rates,
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
    : least<G>([first, ...others], (way) => gramTime(way, table));
};

/**
 * How float64 forms AᵀA: as the product of A with itself, whatever that way is called for the
 * layer.
 */
export const doubleGram = (grams: readonly Pick<GramWay, 'name'>[]): GramWay['name'] =>
  grams.find(({ name }) => name !== 'lags')?.name ?? 'product';
