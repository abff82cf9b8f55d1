/** The order of texts: by code units, the same on every machine. */

/**
 * Below 0 where `a` comes first, above 0 where `b` does: for `sort`.
 *
 * @example ['b', 'B', 'a'].sort(compareTexts) // B, a, b
 */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
