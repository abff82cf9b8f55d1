/** Which columns of a table are inputs, and which its target. */
import { fail, short } from '../core';

/** Options of `csvExamples`: its columns, and the format of the file. */
export interface CsvOptions {
  /**
   * The target: the column that names the class of each example, or the columns of its numbers.
   * `names` lists the classes in the order of their indices, so that two files agree. Default:
   * those in the file, sorted.
   */
  readonly target:
    { readonly classes: string; readonly names?: readonly string[] } | { readonly values: readonly string[] };
  /** The columns of the inputs, in this order. Default: all others. */
  readonly inputs?: readonly string[];
  /** The column with the weight of each example, at least 0. Default: none. */
  readonly weights?: string;
  /** Whether the first row names the columns. Default true; otherwise their names are 1, 2, … */
  readonly header?: boolean;
  /** One character, such as ';' or a tab. Default: ','. */
  readonly delimiter?: string;
}

/** Places of columns. */
export interface CsvColumns {
  readonly names: readonly string[];
  readonly inputs: readonly number[];
  /** Of a target of numbers; else none. */
  readonly values: readonly number[];
  readonly label: number | undefined;
  /** The classes that labels have to be among, where they are named. */
  readonly classes: ReadonlySet<string> | undefined;
  readonly weight: number | undefined;
}

export const listed = (names: readonly string[]): string => short(names.join(', '));

/** One character that is no part of the format itself. */
const isDelimiter = (text: unknown): boolean =>
  typeof text === 'string' && [...text].length === 1 && !['"', '\n', '\r'].includes(text);

/** Options that need no file to be looked at, or a `Fault` `options`. */
export const checkOptions = ({ target, delimiter = ',' }: CsvOptions): void => {
  const given: unknown = target;
  if (typeof given !== 'object' || given === null || !('classes' in given || 'values' in given))
    fail(
      'options',
      'csvExamples.target',
      '{ classes } or { values }',
      given === undefined ? 'nothing' : short(JSON.stringify(given)),
    );
  if (!isDelimiter(delimiter))
    fail(
      'options',
      'csvExamples.delimiter',
      "one character, such as ';', and no quote or end of a line",
      short(JSON.stringify(delimiter)),
    );
  const names = 'classes' in target ? target.names : undefined;
  if (names?.length === 0) fail('options', 'csvExamples.target.names', 'at least one class', 'none');
  const twice = names?.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    fail('options', 'csvExamples.target.names', 'each class once', `'${short(twice)}' twice`);
};

/**
 * Finds the requested columns among those of the first row. It throws a `Fault`: `options` for a
 * column that does not exist, `data` for two of one name.
 */
export const columnsOf = (
  path: string,
  { target, inputs, weights, header = true }: CsvOptions,
  first: readonly string[],
): CsvColumns => {
  const names = header ? first : first.map((_, i) => `${i + 1}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail('data', `${path}:1`, 'columns of different names', `'${short(twice)}' twice`);
  const placeOf = (option: string, name: string): number => {
    const place = names.indexOf(name);
    return place >= 0
      ? place
      : fail('options', `csvExamples.${option}`, `a column among ${listed(names)}`, `'${short(name)}'`);
  };
  const label = 'classes' in target ? placeOf('target.classes', target.classes) : undefined;
  const values = 'values' in target ? target.values.map((name) => placeOf('target.values', name)) : [];
  if (label === undefined && values.length === 0)
    fail('options', 'csvExamples.target.values', 'at least one column', 'none');
  const weight = weights === undefined ? undefined : placeOf('weights', weights);
  const taken = new Set([
    ...(label === undefined ? [] : [label]),
    ...values,
    ...(weight === undefined ? [] : [weight]),
  ]);
  const own =
    inputs?.map((name) => placeOf('inputs', name)) ?? names.flatMap((_, i) => (taken.has(i) ? [] : [i]));
  if (own.length === 0) fail('options', 'csvExamples.inputs', 'at least one column', 'none');
  const classes = 'classes' in target && target.names !== undefined ? new Set(target.names) : undefined;
  return { names, inputs: own, values, label, classes, weight };
};
