/** Lines of JSON, and rows of CSV. */
import { stringify } from 'csv-stringify/sync';

/**
 * A value as a line of JSON. JSON knows no NaN and no infinity: they are `null`.
 *
 * @example jsonLine({ epoch: 1, loss: NaN }) // '{"epoch":1,"loss":null}\n'
 */
export const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

/**
 * Rows as CSV (RFC 4180, with line feeds). A cell without a number, and one whose number is not finite, is empty.
 *
 * @example csvRows([['epoch', 'loss'], [1, 0.5]]) // 'epoch,loss\n1,0.5\n'
 */
export const csvRows = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify(
    rows.map((row) => row.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell))),
  );
