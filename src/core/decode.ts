/** The first thing that a codec did not accept, in words. */
import type * as t from 'io-ts';

/** The first fault of a decoded value: its path, what was expected there, and what was found. */
export interface DecodeFault {
  /** Keys from the outside in, such as `runs.0.name`; `value` for the value itself. */
  readonly path: string;
  /** The name of the type, or the rule, that the value breaks. */
  readonly expected: string;
  /** The value that stands there, in words. */
  readonly found: string;
}

const short = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/**
 * Says in words which value io-ts refused first: its path in the input, the type that was expected,
 * and the value found.
 *
 * @param errors the errors of a decoding that failed
 *
 * @example
 * const decoded = Report.Summary.decode({ example: 7 });
 * E.isLeft(decoded) ? firstFault(decoded.left).path : '' // 'example'
 */
export const firstFault = (errors: t.Errors): DecodeFault => {
  const [first] = errors;
  const path = (first?.context ?? [])
    .map(({ key }) => key)
    .filter((key) => key !== '')
    .join('.');
  return {
    path: path === '' ? 'value' : path,
    expected: first?.message ?? first?.context.at(-1)?.type.name ?? 'another value',
    found: short(first?.value),
  };
};
