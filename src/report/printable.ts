/**
 * The text with U+FFFD in place of what HTML or XML may not hold: control characters, halves of
 * surrogate pairs, and the code points that are no characters, such as U+FFFE.
 */
export const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n\r]|[\p{Cs}\p{NChar}]/gu, '\ufffd');
