/**
 * Triangular factors and substitution in float64 by all threads of a team
 * (`kernels/assembly/inverse.ts` and `double.ts`).
 */
import { type Team } from './team';
import { type Areas, fours } from './areas';

/** The first fact of a factor: whether its matrix is positive definite, singular, or not finite. */
export const DEFINITE = 1;
export const SINGULAR = 0;
export const NOT_FINITE = 2;

/**
 * Columns of a block. The share of the work that one thread does while the others wait is this
 * number over the order of the system.
 */
const BLOCK = 48;
/** Multiply-adds from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

/**
 * Writes the Cholesky factor L over the lower half of M [fours of n, fours of n]. Returns whether M
 * is positive definite.
 */
export const factorShared = (team: Team, { room }: Areas, m: number, n: number): boolean => {
  const size = fours(n);
  const sums = room(8);
  for (let j0 = 0; j0 < size; j0 += BLOCK) {
    const j1 = Math.min(j0 + BLOCK, size);
    if (team.call('factorBlock', m, size, j0, j1, sums) !== 1) return false;
    const below = size - j1;
    const work = below * BLOCK * j1;
    const chunk = Math.max(1, Math.ceil(below / 4 / 16));
    if (below > 0) team.share('factorBelow', [m, size, j0, j1], below / 4, chunk, work >= WORTH_SHARING);
  }
  return true;
};

/**
 * Solves L·Lᵀ·x = b for the rows of B [fours of rows, fours of n], in place. M contains L, and
 * above the diagonal Lᵀ.
 */
export const substituteShared = (team: Team, m: number, n: number, b: number, rows: number): void => {
  const items = team.call('substituteItems', fours(rows));
  team.share('substitute', [m, fours(n), b, fours(rows)], items, 1, rows * n * n >= WORTH_SHARING);
};
