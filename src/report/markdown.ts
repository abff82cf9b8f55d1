/** Plain text inside Markdown, which shows it as it stands. */
import { printable } from './printable';

/**
 * Writes a text on one line, without characters that move a terminal's cursor: breaks and tabs
 * become spaces, other control characters U+FFFD.
 */
export const cellLine = (text: string): string =>
  printable(text.replace(/\s*[\t\n\v\f\r\u0085\u2028\u2029]+\s*/g, ' '));

/**
 * Escapes a text so that one line of Markdown shows it as it stands, without HTML: line breaks
 * become spaces, and a backslash stands before bars, before what would open a tag, and before
 * backslashes that would escape what follows.
 *
 * @param text any text
 *
 * @example inline('a|b <i>') // 'a\\|b \\<i>'
 */
export const inline = (text: string): string =>
  cellLine(text)
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/\||<(?=[a-z/!?])/gi, '\\$&');
