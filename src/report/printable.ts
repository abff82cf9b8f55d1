/**
 * The text with U+FFFD in place of what neither HTML nor XML may hold: control characters, halves of surrogate pairs,
 * and U+FFFE and U+FFFF.
 */
export const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd');
