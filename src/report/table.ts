/** Tables in Markdown, which read well on a terminal too. */
import { markdownTable as render } from 'markdown-table';
import { inline } from './markdown';

/** A number as a report writes it: plain, grouped, with an exponent, a percentage, or not finite. */
const isNumber = (cell: string): boolean =>
  /^[-–+]?([\d.,]*\d[\d.,]*(e[-+]?\d+)?( ?%)?|∞|Infinity)$|^NaN$/i.test(cell);

/** No value at all, as for the accuracy of a loss without classes, or where a column does not apply. */
const isBlank = (cell: string): boolean => /^[-–·]?$/.test(cell);

/** Right for each column whose cells are numbers, or numbers and blanks; else left. */
export const alignments = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly ('l' | 'r')[] =>
  header.map((_, i) => {
    const filled = rows.map((row) => row[i] ?? '').filter((cell) => !isBlank(cell));
    return filled.length > 0 && filled.every(isNumber) ? 'r' : 'l';
  });

/**
 * A Markdown table; columns whose cells are numbers, or numbers and blanks, are aligned to the right. Cells are plain
 * text: bars and tags inside them are escaped, line breaks of every kind become spaces.
 *
 * @example table(['method', 'loss'], [['backprop', '0.31']])
 */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  render(
    [header, ...rows].map((row) => row.map(inline)),
    { align: [...alignments(header, rows)] },
  );
