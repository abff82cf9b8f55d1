/** `summary.json`: what an example run found, for other programs. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { error, type ProxpropError } from '../core';
import { firstFault } from './decode';

/** A count, as a plain number: io-ts's own `Int` would ask every writer of a summary for its brand. */
const Whole = new t.Type<number>(
  'a whole number',
  (u): u is number => Number.isSafeInteger(u),
  (u, context) =>
    typeof u === 'number' && Number.isSafeInteger(u) ? t.success(u) : t.failure(u, context, 'a whole number'),
  t.identity,
);

/** `null` stands for a loss that was not finite, and for the accuracy of a loss without classes. */
const Measured = t.union([t.number, t.null]);

const EpochSummary = t.readonly(
  t.type({
    epoch: Whole,
    /** Time of training alone, summed from the start; epoch 0 is the untrained network. */
    seconds: t.number,
    trainLoss: Measured,
    testLoss: Measured,
    testAccuracy: Measured,
  }),
);

export const Summary = t.readonly(
  t.type({
    example: t.string,
    backend: t.string,
    threads: Whole,
    seed: Whole,
    dataset: t.readonly(t.type({ name: t.string, train: Whole, test: Whole })),
    runs: t.readonlyArray(
      t.readonly(
        t.type({
          name: t.string,
          schedule: t.string,
          optimizer: t.string,
          epochs: t.readonlyArray(EpochSummary),
        }),
      ),
    ),
  }),
);
export type Summary = t.TypeOf<typeof Summary>;

/** The summary that a file holds. Left: `data`, with the path inside the file. */
export const decodeSummary = (path: string, content: unknown): E.Either<ProxpropError, Summary> => {
  const decoded = Summary.decode(content);
  if (E.isRight(decoded)) return decoded;
  const fault = firstFault(decoded.left);
  return E.left(error('data', `${path}: ${fault.path}`, fault.expected, fault.found));
};

/** A number as JSON can hold it. */
export const measured = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/** A summary as the text of its file. */
export const summaryText = (summary: Summary): string =>
  `${JSON.stringify(Summary.encode(summary), null, 2)}\n`;
