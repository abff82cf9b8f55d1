/**
 * A fraction as a table shows it; nothing for none.
 *
 * @example percent(0.853) // '85.3 %'
 */
export const percent = (fraction: number | null | undefined): string =>
  fraction == null ? '' : `${(100 * fraction).toFixed(1)} %`;
