/** Tables in CSV files as examples. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, compareTexts, fail, Fault, orThrow, type ProxpropError, short } from '../core';
import { checked, type ExampleArrays } from '../example';
import { floats, readBytes, unpacked } from './bytes';
import { checkOptions, type CsvColumns, columnsOf, type CsvOptions, listed } from './csvColumns';
import { parsedNumber, withoutByteOrderMark } from './text';

/** A table: its examples, the names of its inputs and of its classes. */
export interface CsvTable {
  /** The rows as examples, on the host. */
  readonly examples: ExampleArrays;
  /** The names of the input columns, in the order of the inputs. */
  readonly columns: readonly string[];
  /** The names of the classes, in the order of their indices; empty for a target of numbers. */
  readonly classes: readonly string[];
}

/** More than any table has in a row: else a quote that is never closed would fill the memory. */
const LONGEST_ROW = 2 ** 24;
const PIECE = 2 ** 16;

/** The rows of a table as numbers, while it is read. */
interface Rows {
  readonly inputs: Float32Array[];
  readonly targets: Float32Array[];
  readonly labels: string[];
  readonly weights: number[];
}

/** What has no end: the row begins where the last one ended. */
const UNTERMINATED: readonly string[] = ['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE'];

const describedError = (path: string, thrown: CsvError, last: number): Fault => {
  const found: unknown = thrown['lines'];
  const line = UNTERMINATED.includes(thrown.code) || typeof found !== 'number' ? last + 1 : found;
  const expected: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that is closed',
    CSV_INVALID_CLOSING_QUOTE: 'a delimiter after the closing quote',
    INVALID_OPENING_QUOTE: 'a quote only at the beginning of a field',
    CSV_MAX_RECORD_SIZE: `a row of at most ${LONGEST_ROW} characters`,
  };
  const instead: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'the end of the file',
    CSV_INVALID_CLOSING_QUOTE: 'another character',
    INVALID_OPENING_QUOTE: 'one inside of it',
    CSV_MAX_RECORD_SIZE: 'more',
  };
  return new Fault({
    _tag: 'data',
    path: `${path}:${line}`,
    expected: expected[thrown.code] ?? 'a table in CSV',
    found: instead[thrown.code] ?? short(thrown.message),
    cause: thrown,
  });
};

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Give each row with the number of its last line to `take`. */
const eachRow = async (
  path: string,
  bytes: Uint8Array,
  delimiter: string,
  take: (fields: readonly string[], line: number) => void,
): Promise<void> => {
  let last = 0;
  const parser = parse({
    delimiter,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
    on_record: (fields: string[], { lines }) => {
      take(fields, lines);
      last = lines;
      // Nothing is handed on: rows have been taken.
      return null;
    },
  });
  try {
    await pipeline(Readable.from(piecesOf(bytes)), parser.resume());
  } catch (thrown) {
    throw thrown instanceof CsvError ? describedError(path, thrown, last) : thrown;
  }
};

/** Class indices by the place of their names, among which each label is known to be. */
const indicesOf = (labels: readonly string[], classes: readonly string[]): Int32Array => {
  const known = new Map(classes.map((name, i) => [name, i]));
  return Int32Array.from(labels, (label) => known.get(label) ?? -1);
};

const joinedRows = (path: string, rows: readonly Float32Array[], size: number): Float32Array => {
  const all = floats(path, rows.length * size);
  rows.forEach((row, i) => {
    all.set(row, i * size);
  });
  return all;
};

/** One row to numbers. */
const rowReader =
  (path: string, columns: CsvColumns, rows: Rows) =>
  (fields: readonly string[], line: number): void => {
    const place = `${path}:${line}`;
    if (fields.length !== columns.names.length)
      fail('data', place, `${columns.names.length} fields, as in the first row`, `${fields.length}`);
    const at = (column: number): string => `${place}, column '${columns.names[column] ?? ''}'`;
    const numberAt = (column: number): number => {
      const found = Math.fround(parsedNumber(at(column), fields[column] ?? '', 'a number'));
      return Number.isFinite(found)
        ? found
        : fail('data', at(column), 'a number that float32 holds', short(fields[column] ?? ''));
    };
    rows.inputs.push(Float32Array.from(columns.inputs, numberAt));
    if (columns.label === undefined) rows.targets.push(Float32Array.from(columns.values, numberAt));
    else {
      const label = fields[columns.label] ?? '';
      if (label === '') fail('data', at(columns.label), 'a class', 'nothing');
      if (columns.classes?.has(label) === false)
        fail('data', at(columns.label), `a class among ${listed([...columns.classes])}`, short(label));
      rows.labels.push(label);
    }
    if (columns.weight === undefined) return;
    const weight = numberAt(columns.weight);
    rows.weights.push(
      weight >= 0 ? weight : fail('data', at(columns.weight), 'a weight of at least 0', `${weight}`),
    );
  };

/**
 * Reads a table: each row is an example. An input is a number, float32; the target is the class
 * that a column names, or the numbers in one or more columns.
 *
 * Fields may be quoted and have spaces around them. Lines end with LF or CRLF; empty lines and a
 * byte order mark of UTF-8 are passed over. The file may be gzipped.
 *
 * It fails with `options` for a column that does not exist, a class named twice or an invalid
 * delimiter; with `data`, at `FILE:line`, for a row with another number of fields, a field that is
 * no number or does not fit float32, a class that is not among those named, a quote that is not
 * closed, and a file without rows; with `file` if the file cannot be read, and with `memory` if it
 * is too large.
 *
 * @param path the file
 * @param options which columns are the `target`, the `inputs` and the `weights`; whether there is a
 *   `header`; the `delimiter`
 *
 * @example
 * const iris = await csvExamples('iris.csv', { target: { classes: 'species' } })();
 * const columns = { target: { values: ['price'] }, inputs: ['area', 'rooms'] };
 * const houses = await csvExamples('houses.csv', columns)();
 */
export const csvExamples = (path: string, options: CsvOptions): TE.TaskEither<ProxpropError, CsvTable> =>
  attemptTask(async () => {
    checkOptions(options);
    const bytes = withoutByteOrderMark(path, unpacked(path, orThrow(await readBytes(path)())));
    const rows: Rows = { inputs: [], targets: [], labels: [], weights: [] };
    let columns: CsvColumns | undefined;
    await eachRow(path, bytes, options.delimiter ?? ',', (fields, line) => {
      const first = columns === undefined;
      columns ??= columnsOf(path, options, fields);
      if (!first || options.header === false) rowReader(path, columns, rows)(fields, line);
    });
    const found: CsvColumns = columns ?? fail('data', path, 'a table', 'an empty file');
    const count = rows.inputs.length;
    if (count === 0) fail('data', path, 'at least one row', 'only a header');
    const { target } = options;
    const classes = 'classes' in target ? (target.names ?? [...new Set(rows.labels)].sort(compareTexts)) : [];
    const examples: ExampleArrays = {
      shape: [found.inputs.length],
      inputs: joinedRows(path, rows.inputs, found.inputs.length),
      count,
      ...('classes' in target
        ? { targets: indicesOf(rows.labels, classes) }
        : {
            targets: joinedRows(path, rows.targets, found.values.length),
            targetShape: [found.values.length],
          }),
      ...(found.weight === undefined ? {} : { weights: Float32Array.from(rows.weights) }),
    };
    return {
      examples: orThrow(checked(examples)),
      columns: found.inputs.map((i) => found.names[i] ?? ''),
      classes,
    };
  });
