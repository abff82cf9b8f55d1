/**
 * Decides which systems are small enough to be solved in float64 as a whole, and counts the
 * multiply-adds of such solves.
 */
import { type Route } from './operator';

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
}

/**
 * Up to this many multiply-adds, float64 is as fast as calling a few kernels: on the host, and by a
 * kernel of its own.
 */
export const SMALL_WORK = { host: 1 << 19, kernel: 1 << 20 } as const;

/**
 * Multiply-adds of an exact solve in float64 by a system of order n. The factorisation counts three
 * times, for its slower loop.
 */
export const doubleWork = ({ rows, columns, units }: Sizes, n: number): number =>
  n * (rows * columns + n * n + n * units) + rows * columns * units;

/** Multiply-adds of conjugate gradients on the host. */
export const hostWork = (route: Route, { rows, columns, units }: Sizes, iterations: number): number => {
  switch (route) {
    case 'dual':
      return rows * rows * columns + iterations * units * rows * rows + units * rows * columns;
    case 'primal':
      return columns * columns * rows + iterations * units * columns * columns + units * rows * columns;
    case 'matrixFree':
      return 2 * iterations * units * rows * columns;
    default:
      return route satisfies never;
  }
};
