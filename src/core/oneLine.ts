/**
 * Texts of any origin in messages: one line, of bounded length, that does nothing to a terminal.
 */

/**
 * Control characters, marks that change the direction of text, invisible characters, and halves of
 * characters.
 */
const HARMFUL = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufff9-\ufffb\ufffe\uffff]/gu;

const escaped = (c: string): string => {
  const code = c.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
};

/**
 * Writes a text on one line. White space becomes a space. A character that would act on a terminal
 * is written as its code, such as `\x1b`.
 */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(HARMFUL, escaped);

/** Whether a cut before this place leaves both halves whole. */
const splits = (text: string, at: number): boolean => /[\ud800-\udbff]/.test(text.charAt(at - 1));

/**
 * The text in at most `most` characters (UTF-16 code units, as `length` counts): both its ends
 * stay, and the middle gives way to an ellipsis.
 *
 * @example shortened('a/very/long/path', 9) // 'a/ve…path'
 */
export const shortened = (text: string, most: number): string => {
  if (text.length <= most) return text;
  if (most < 1) return '';
  const [front, back] = [Math.ceil((most - 1) / 2), Math.floor((most - 1) / 2)];
  const end = text.length - back;
  return `${text.slice(0, splits(text, front) ? front - 1 : front)}…${text.slice(splits(text, end) ? end + 1 : end)}`;
};

/**
 * Shortens texts to at most `most` characters together. Short texts stay whole, and the others
 * share the remaining length equally.
 */
export const shortenedTogether = (texts: readonly string[], most: number): readonly string[] => {
  let left = most;
  const lengths = new Map<number, number>();
  [...texts.keys()]
    .sort((a, b) => (texts[a] ?? '').length - (texts[b] ?? '').length)
    .forEach((index, rank) => {
      const given = Math.min((texts[index] ?? '').length, Math.floor(left / (texts.length - rank)));
      lengths.set(index, given);
      left -= given;
    });
  return texts.map((text, i) => shortened(text, lengths.get(i) ?? 0));
};
