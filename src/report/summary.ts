/** `summary.json`: what an example run found, for other programs. */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import * as t from 'io-ts';
import { error, type ProxpropError } from '../core';
import { writeFiles } from '../disk';
import { firstFault } from '../core';

/**
 * A count, as a plain number. io-ts's own `Int` would ask every writer of a summary for its brand.
 */
const Whole = new t.Type<number>(
  'a whole number',
  (u): u is number => Number.isSafeInteger(u),
  (u, context) =>
    typeof u === 'number' && Number.isSafeInteger(u) ? t.success(u) : t.failure(u, context, 'a whole number'),
  t.identity,
);

const isFinite = (u: unknown): u is number => typeof u === 'number' && Number.isFinite(u);

/**
 * A finite number. JSON can hold numbers too large for a float, such as 1e999: they are refused, as
 * is NaN in memory.
 */
const Finite = new t.Type<number>(
  'a finite number',
  isFinite,
  (u, context) => (isFinite(u) ? t.success(u) : t.failure(u, context)),
  t.identity,
);

const isMeasured = (u: unknown): u is number | null => u === null || isFinite(u);

/**
 * `null` stands for a loss that was not finite, and for the accuracy of a loss without classes. Not
 * a union of io-ts: that would put the number of the alternative into the path of an error.
 */
const Measured = new t.Type<number | null>(
  'a finite number or null',
  isMeasured,
  (u, context) => (isMeasured(u) ? t.success(u) : t.failure(u, context)),
  t.identity,
);

const EpochSummary = t.readonly(
  t.strict({
    epoch: Whole,
    /** Time of training alone, summed from the start; epoch 0 is the untrained network. */
    seconds: Finite,
    trainLoss: Measured,
    testLoss: Measured,
    testAccuracy: Measured,
  }),
  'an epoch',
);

const RunSummary = t.readonly(
  t.strict({
    name: t.string,
    schedule: t.string,
    optimizer: t.string,
    epochs: t.readonlyArray(EpochSummary, 'a list of epochs'),
  }),
  'a run',
);

/**
 * The codec of a summary. It keeps exactly these fields; others are left out, in reading and in
 * writing.
 */
export const Summary = t.readonly(
  t.strict({
    example: t.string,
    backend: t.string,
    threads: Whole,
    seed: Whole,
    /** Its name, and how many examples each split has. */
    dataset: t.readonly(t.strict({ name: t.string, train: Whole, test: Whole }), 'a dataset'),
    runs: t.readonlyArray(RunSummary, 'a list of runs'),
  }),
  'a summary',
);
export type Summary = t.TypeOf<typeof Summary>;

/**
 * Decodes the content of a `summary.json`. It fails with `data`, with the path of the first fault
 * inside of the file.
 *
 * @param path the file, as errors name it
 * @param content what `JSON.parse` gave
 *
 * @example decodeSummary('summary.json', JSON.parse(summaryText(summary)))
 */
export const decodeSummary = (path: string, content: unknown): E.Either<ProxpropError, Summary> => {
  const decoded = Summary.decode(content);
  if (E.isRight(decoded)) return decoded;
  const fault = firstFault(decoded.left);
  return E.left(error('data', `${path}: ${fault.path}`, fault.expected, fault.found));
};

/**
 * Makes a number one that JSON can hold: `null` if it is not finite. The package exports it as
 * `Report.measured`.
 *
 * @param value a number, such as a loss
 *
 * @example finiteOrNull(Number.NaN) // null
 */
export const finiteOrNull = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/**
 * Formats a summary as the text of its file: JSON, indented by two spaces, with a line feed at its
 * end.
 *
 * @param summary the summary
 *
 * @example JSON.parse(summaryText(summary)).example // 'quickstart'
 */
export const summaryText = (summary: Summary): string =>
  `${JSON.stringify(Summary.encode(summary), null, 2)}\n`;

/**
 * Writes `summary.json` into a folder, which it makes if it is missing. It fails with `data` for a
 * number that is not finite (`Report.measured` makes it `null`), and with `file` if it cannot be
 * written.
 *
 * @param folder the folder of the run
 * @param summary the summary
 *
 * @example await writeSummary('runs/quickstart', summary)()
 */
export const writeSummary =
  (folder: string, summary: Summary): TE.TaskEither<ProxpropError, void> =>
  async () => {
    const name = 'summary.json';
    const decoded = decodeSummary(join(folder, name), summary);
    return E.isLeft(decoded) ? decoded : writeFiles(folder, { [name]: summaryText(decoded.right) })();
  };
