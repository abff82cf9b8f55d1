/**
 * The cost of a solve in multiply-adds, by the route that would be chosen for it. Plans and
 * benchmarks share it.
 */
import { chooseRoute } from './choose';
import { cost, type SystemSize } from './cost';
import { type Solver } from './operator';

/**
 * Multiply-adds of a solve by the route that `chooseRoute` selects. For an exact solve with a block
 * diagonal AᵀA, only forming the blocks counts.
 *
 * `solver` is one of the library, and `size` has the rows, columns and units of the system.
 *
 * @example priceOf(exact(), { rows: 500, columns: 785, units: 256 })
 */
export const priceOf = (solver: Solver, size: SystemSize): number => {
  const iterations = solver.kind === 'cg' ? solver.iterations : 0;
  return size.blocks !== undefined && iterations === 0
    ? Math.min(...(size.grams ?? []).map((way) => way.cost))
    : cost(chooseRoute(solver, size), size, iterations);
};
