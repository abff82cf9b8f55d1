/** Tables in Markdown, which read well on a terminal too. */
import { inline } from './markdown';

const NUMBER = '[-–+]?(?:[\\d.,]*\\d[\\d.,]*(?:e[-+]?\\d+)?(?: ?%)?|∞|Infinity)';
const NUMBERS = new RegExp(`^${NUMBER}(?: \\(${NUMBER} … ${NUMBER}\\))?$|^NaN$`, 'i');

/**
 * A number as a report writes it: plain, grouped, with an exponent, a percentage, or not finite;
 * with its range, `0.31 (0.29 … 0.33)`.
 */
export const isNumber = (cell: string): boolean => NUMBERS.test(cell);

/**
 * Says whether a cell has no value, as for the accuracy of a loss without classes, or if a column
 * does not apply.
 */
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
 * Formats a Markdown table, which also reads well in a terminal. Columns of numbers, or of numbers
 * and blanks, are aligned to the right. Cells are plain text: bars and tags are escaped, line
 * breaks become spaces.
 *
 * @param header the titles of the columns
 * @param rows the cells of each row
 *
 * @example table(['method', 'loss'], [['backprop', '0.31']])
 */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const align = alignments(header, rows);
  const cells = [header, ...rows].map((row) => row.map(inline));
  const columns = Math.max(...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    cells.reduce((most, row) => Math.max(most, (row[i] ?? '').length), 2),
  );
  const line = (filled: (width: number, i: number) => string): string =>
    `| ${widths.map(filled).join(' | ')} |`;
  const lineOf = (row: readonly string[]): string =>
    line((width, i) => (row[i] ?? '')[align[i] === 'r' ? 'padStart' : 'padEnd'](width));
  const rule = line((width, i) =>
    align[i] === 'r' ? `${'-'.repeat(width - 1)}:` : `:${'-'.repeat(width - 1)}`,
  );
  const [first = [], ...others] = cells;
  return [lineOf(first), rule, ...others.map(lineOf)].join('\n');
};
