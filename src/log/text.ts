/** Lines of JSON, and rows of CSV. */
import { stringify } from 'csv-stringify/sync';

/**
 * Formats a value as one line of JSON. NaN and infinities, which JSON lacks, become `null`.
 *
 * @param value a record or a list
 *
 * @example jsonLine({ epoch: 1, loss: NaN }) // '{"epoch":1,"loss":null}\n'
 */
export const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

/**
 * Formats rows as CSV (RFC 4180, with line feeds). A cell that is `null` or not finite is empty.
 *
 * @param rows the cells of each row
 *
 * @example csvRows([['epoch', 'loss'], [1, 0.5]]) // 'epoch,loss\n1,0.5\n'
 */
export const csvRows = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify(
    rows.map((row) => row.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell))),
  );
