/** Texts that come from files, cut to what a message can hold. */

/** No text from a file takes more room than this in a message. */
const LONGEST = 60;

/**
 * A text for a message: at most 60 characters, with `…` for the rest, and with U+FFFD in place of
 * characters that would command a terminal or reorder a line.
 *
 * @example short('a'.repeat(100)) // 59 times a, then …
 */
export const short = (text: string): string => {
  // Cut first: a file may hold a name of many megabytes. By code points, so that none is halved.
  const start = [...text.slice(0, 2 * LONGEST)];
  const cut = start.length > LONGEST ? `${start.slice(0, LONGEST - 1).join('')}…` : start.join('');
  return cut.replace(/[^\P{C}\t\n\r]/gu, '\ufffd');
};
