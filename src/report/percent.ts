/**
 * Formats a fraction as a percentage with one decimal; nothing for `null` or `undefined`.
 *
 * @param fraction a number, such as an accuracy
 *
 * @example percent(0.853) // '85.3 %'
 */
export const percent = (fraction: number | null | undefined): string =>
  fraction == null ? '' : `${(100 * fraction).toFixed(1)} %`;
