/**
 * Checks of the numbers that callers give. Each check runs where the number is used, and names it
 * as the caller does.
 */
import { engine } from '@tensorflow/tfjs-core';
import { fail } from './error';

/** A number above 0; also ∞ where that has a meaning. A `Fault` `options` otherwise. */
export const positive = (
  path: string,
  value: number,
  infinite: 'finite' | 'or infinite' = 'finite',
): number =>
  value > 0 && (infinite === 'or infinite' || value < Infinity)
    ? value
    : fail('options', path, `a positive ${infinite === 'finite' ? 'finite ' : ''}number`, `${value}`);

/** A whole number of at least `least`. A `Fault` `options` otherwise. */
export const whole = (path: string, value: number, least: number): number =>
  Number.isSafeInteger(value) && value >= least
    ? value
    : fail('options', path, `a whole number of at least ${least}`, `${value}`);

/** A finite number of at least `least`. A `Fault` `options` otherwise. */
export const atLeast = (path: string, value: number, least: number): number =>
  value >= least && value < Infinity
    ? value
    : fail('options', path, `a finite number of at least ${least}`, `${value}`);

/** What float32 holds without losing digits: from its smallest normal number to its largest. */
const FLOAT32 = { least: 2 ** -126, most: (2 - 2 ** -23) * 2 ** 127 } as const;

/**
 * Checks that a number survives rounding to the numbers of the backend: it is 0, or float32 holds
 * it; the float64 backend takes any. It throws an `options` `Fault` otherwise, since the number
 * would count as 0 or as ∞.
 */
export const asFloat32 = (path: string, value: number): number => {
  const size = Math.abs(value);
  return value === 0 || engine().backendName === 'float64' || (size >= FLOAT32.least && size <= FLOAT32.most)
    ? value
    : fail('options', path, 'a number that float32 holds, 1.2e-38 to 3.4e38', `${value}`);
};

/**
 * Checks that a number is in [0, 1), also after rounding to the numbers of the backend. It throws
 * an `options` `Fault` otherwise.
 */
export const fraction = (path: string, value: number): number => {
  if (!(value >= 0 && value < 1)) fail('options', path, 'a number in [0, 1)', `${value}`);
  const rounded = engine().backendName === 'float64' ? value : Math.fround(value);
  if (rounded === 1)
    fail('options', path, 'a number in [0, 1) also as float32', `${value}, which is 1 there`);
  return asFloat32(path, value);
};
