/**
 * The time of a solve: its multiply-adds (`cost.ts`) by the measured rates of each kind of work
 * (`rates.ts`). The rates are data of the library and are never measured while it runs, so equal
 * shapes take equal routes on every machine, backend and number of threads.
 */
import { type SystemSize } from './cost';
import { type GramWay, type Route } from './operator';
import { type CallRate, type Rate, type Rates, type SolveRate } from './rate';
import { rates } from './rates';
import { doubleWork, hostWork, singlePays, SMALL_WORK } from './smallWork';

const PER_MICROSECOND = 1e3;
const BYTES = 4;

const inCall = ({ call, gigaflops }: CallRate, multiplyAdds: number): number =>
  call + (2 * multiplyAdds) / (gigaflops * PER_MICROSECOND);

/** Microseconds of `times` products [m, k]·[k, n]. */
const ofProduct = ({ gigaflops, gigabytes }: Rate, m: number, k: number, n: number, times = 1): number =>
  (times * ((2 * m * k * n) / gigaflops + (BYTES * (m * k + k * n + m * n)) / gigabytes)) / PER_MICROSECOND;

/**
 * The time of forming AᵀA in this way, in microseconds by the table of rates.
 *
 * `cost` is the number of multiply-adds of this way.
 *
 * @example gramTime({ name: 'product', cost: 1e9 }) // microseconds
 */
export const gramTime = ({ name, cost }: Pick<GramWay, 'name' | 'cost'>, table: Rates = rates): number =>
  inCall(table.gram[name], cost);

/**
 * `iterations` products with a matrix of order n for so many vectors, all units unless you say, or
 * one application of a factor.
 */
const rest = (
  { call, solve, apply }: SolveRate,
  { rows, columns, units }: SystemSize,
  n: number,
  iterations: number,
  vectors = units,
): number => call + ofProduct(solve, n, n, vectors, iterations) + ofProduct(apply, rows, columns, units);

/**
 * Multiply-adds of a system that is small enough to be solved in float64 as a whole; `undefined`
 * for larger ones. `iterations` are those of CG; 0 stands for an exact solve.
 *
 * `route` is the form of the system, and `size` has its rows, columns and units.
 *
 * @example smallWorkOf('primal', { rows: 500, columns: 785, units: 256 }, 0) // undefined
 */
export const smallWorkOf = (route: Route, size: SystemSize, iterations: number): number | undefined => {
  const n = route === 'dual' ? size.rows : size.columns;
  const work = iterations === 0 ? doubleWork(size, n) : hostWork(route, size, iterations);
  return work <= (iterations === 0 ? SMALL_WORK.kernel : SMALL_WORK.host) ? work : undefined;
};

/** The ways to form AᵀA that a size names, or the product. */
const formsOf = ({ rows, columns, grams = [] }: SystemSize): readonly Pick<GramWay, 'name' | 'cost'>[] =>
  grams.length > 0 ? grams : [{ name: 'product', cost: (rows * columns * columns) / 2 }];

/** How a system is solved: by CG, or by a factor: of convolutions, or of dense layers in float64 or float32. */
type Way = 'cg' | 'inverse' | 'wide' | 'single';

/** The time of everything after a Gram matrix of order n. */
const after = (
  route: 'primal' | 'dual',
  size: SystemSize,
  n: number,
  iterations: number,
  way: Way,
  { cg, factor, exact, single }: Rates,
): number => {
  const factored = (rate: CallRate, solve: SolveRate, vectors?: number): number =>
    inCall(rate, n ** 3 / 6) + rest(solve, size, n, 1, vectors);
  switch (way) {
    case 'cg':
      return rest(cg[route], size, n, iterations);
    case 'inverse':
      return factored(factor.inverse, exact.inverse);
    case 'wide':
      return factored(factor.float64, exact[route]);
    case 'single':
      return factored(
        factor.float32,
        single[route],
        route === 'dual' ? Math.min(size.units, size.columns) : size.units,
      );
    default:
      return way satisfies never;
  }
};

/**
 * The time of a solve in microseconds, with n = F (primal) or R (dual):
 *
 *     exact   gram + factor(n³/6) + solve(n²·U) + apply(R·F·U), in the dual in float32 solve(R²·min(U, F))
 *     CG      gram + iterations·solve(n²·U) + apply(R·F·U)
 *
 * Each term uses its own rate in the table. Unlike `cost`, it includes the product with Aᵀ, since
 * routes differ in its speed. Exact solves of dense layers have rates for each route; those of
 * convolutions have one for both, `inverse`. `iterations` are those of CG; 0 stands for an exact
 * solve.
 *
 * `size` has R rows, F columns and U units.
 *
 * @example solveTime('dual', { rows: 500, columns: 785, units: 256 })
 */
export const solveTime = (route: Route, size: SystemSize, iterations = 0, table: Rates = rates): number => {
  const { rows, columns, grams = [] } = size;
  const small = smallWorkOf(route, size, iterations);
  if (small !== undefined) return inCall(table.small[iterations === 0 ? 'exact' : 'cg'], small);
  const dense = grams.length === 0 || grams.some(({ name }) => name === 'product');
  const wayOf = (n: number): Way =>
    iterations > 0 ? 'cg' : !dense ? 'inverse' : singlePays(size, n) ? 'single' : 'wide';
  const gramsOf = (way: Way): Rates['wideGram'] =>
    way === 'single' ? table.singleGram : way === 'wide' ? table.wideGram : table.gram;
  switch (route) {
    case 'primal': {
      const way = wayOf(columns);
      const formed =
        way === 'cg' || way === 'inverse'
          ? Math.min(...formsOf(size).map((form) => gramTime(form, table)))
          : inCall(gramsOf(way).product, (rows * columns * columns) / 2);
      return formed + after('primal', size, columns, iterations, way, table);
    }
    case 'dual': {
      const way = wayOf(rows);
      const formed = inCall(gramsOf(way).dual, (rows * rows * columns) / 2);
      return formed + after('dual', size, rows, iterations, way, table);
    }
    case 'matrixFree': {
      const { call, solve, apply } = table.cg.matrixFree;
      const { units } = size;
      return (
        call + ofProduct(solve, rows, columns, units, 2 * iterations) + ofProduct(apply, rows, columns, units)
      );
    }
    default:
      return route satisfies never;
  }
};
