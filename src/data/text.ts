/** Tables of numbers as text: what files begin with, and what is a number in them. */
import { fail, short } from '../core';

/**
 * A decimal number. `Number` alone takes more texts for numbers than a table should hold:
 * hexadecimals, and the empty text.
 */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text is, or a `Fault` `data`. */
export const parsedNumber = (place: string, text: string, expected = 'numbers'): number =>
  DECIMAL.test(text) ? Number(text) : fail('data', place, expected, text === '' ? 'nothing' : short(text));

/** The text without the byte order mark of UTF-8. A `Fault` `data` for the mark of UTF-16. */
export const withoutByteOrderMark = (path: string, bytes: Uint8Array): Uint8Array => {
  const [a = 0, b = 0, c = 0] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    fail('data', path, 'a text in ASCII or UTF-8', 'the byte order mark of UTF-16');
  return a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
};
