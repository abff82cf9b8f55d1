/** Tables of the pages, as text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..', '..');

export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A row of a table: its cells without the blanks around them. */
export type Row = readonly string[];

const cells = (line: string): Row =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const isRuler = (row: Row): boolean => row.every((cell) => /^:?-+:?$/.test(cell));

/** The rows of the table whose first line has these heads; none where the text has no such table. */
export const tableOf = (text: string, ...heads: readonly string[]): readonly Row[] => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => {
    const found = cells(line);
    return heads.every((head, i) => found[i] === head) && found.length >= heads.length;
  });
  if (from < 0) return [];
  const below = lines.slice(from + 1);
  const to = below.findIndex((line) => !line.startsWith('|'));
  return below
    .slice(0, to < 0 ? undefined : to)
    .map(cells)
    .filter((row) => !isRuler(row));
};

/** What stands as code in a cell. */
export const codeIn = (cell = ''): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The same column of all rows, as code. */
export const codeOfColumn = (rows: readonly Row[], column: number): readonly string[] =>
  rows.flatMap((row) => codeIn(row[column]));
