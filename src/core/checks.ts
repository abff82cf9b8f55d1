/** Numbers that callers give: checked where they are used, with the name that the caller knows them by. */
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
