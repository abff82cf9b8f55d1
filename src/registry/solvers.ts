/** Solvers by their names. */
import { cg, exact, type Solver } from '../solver';
import { text, that } from './codec';

/**
 * Makes the solver that a configuration names.
 *
 * @param name `exact`, or `cg` and a number of iterations, such as `cg3`; `solverName` decodes it
 *
 * @example solverOf('cg3')
 */
export const solverOf = (name: string): Solver =>
  name === 'exact' ? exact() : cg(Number(name.slice('cg'.length)));

/** Decodes the name of a solver: `exact`, or `cg` and a number of iterations, such as `cg3`. */
export const solverName = that(
  text,
  'exact, or cg and a number of iterations, such as cg3',
  // Six digits are more iterations than any block needs, and a number that float64 holds.
  (name) => /^(exact|cg[1-9]\d{0,5})$/.test(name),
);
