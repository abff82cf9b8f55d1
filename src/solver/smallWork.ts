/**
 * Decides by their multiply-adds which systems are solved in float64 as a whole, and which are
 * large enough for a factor in float32.
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

/**
 * Multiply-adds of a factorisation and of substitution for all units from which on float32 gains
 * more than it costs to measure V by A.
 */
const SINGLE_WORK = 1 << 23;

/**
 * Whether a system of order n with so many `units` is large enough to be factored in float32
 * (`single.ts`).
 *
 * @example singlePays({ units: 500 }, 500) // true
 */
export const singlePays = ({ units }: Pick<Sizes, 'units'>, n: number): boolean =>
  n * n * (n / 6 + units) >= SINGLE_WORK;

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
