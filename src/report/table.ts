/** Tables in Markdown, which read well on a terminal too. */
import { markdownTable as render } from 'markdown-table';

/**
 * A Markdown table; columns in which every cell is a number are aligned to the right.
 *
 * @example table(['method', 'loss'], [['backprop', '0.31']])
 */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  render([[...header], ...rows.map((row) => [...row])], {
    align: header.map((_, i) => (rows.every((row) => /^[-–]?[\d.,]*( %)?$/.test(row[i] ?? '')) ? 'r' : 'l')),
  });
