/** What all trainings of an experiment came to: rows of one method, each with its seeds. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { error, type ProxpropError } from '../core';
import { type Cell, type CellContender } from './cells';
import { type TrainingConfig } from './config';
import { type MetricsLine, type CellOutcome, readOutcome } from './metrics';
import { bestOutcome, finalLossOf } from './outcome';
import { folderOfCell } from './pool';

/** The training of one seed. */
export interface Run extends CellOutcome {
  /** The seed. */
  readonly seed: number;
}

/** The trainings of one method with one choice. */
export interface Row extends CellContender {
  /** Its trainings, one for each seed. */
  readonly runs: readonly Run[];
}

/** The rows of cells, in their order. Left: a cell that has not ended, or cannot be read. */
export const rowsOf = (out: string, cells: readonly Cell[]): TE.TaskEither<ProxpropError, readonly Row[]> =>
  pipe(
    cells,
    TE.traverseSeqArray((cell) =>
      pipe(
        outcomeIn(folderOfCell(out, cell)),
        TE.map((outcome) => ({ cell, outcome })),
      ),
    ),
    TE.map((all) => {
      const rows = new Map<string, CellContender & { readonly runs: Run[] }>();
      for (const { cell, outcome } of all) {
        const { method, trainer, choice, seed } = cell;
        const key = JSON.stringify([method, choice]);
        const row = rows.get(key) ?? { method, trainer, choice, runs: [] };
        row.runs.push({ seed, ...outcome });
        rows.set(key, row);
      }
      return [...rows.values()];
    }),
  );

/** Left: a cell that has not ended. */
const outcomeIn = (folder: string): TE.TaskEither<ProxpropError, CellOutcome> =>
  pipe(
    readOutcome(folder),
    TE.chain(TE.fromNullable(error('file', folder, 'a training that has ended', 'none'))),
  );

/** The last training loss; infinite for one that diverged. */
export const outcomeLoss = ({ lines, ending }: CellOutcome): number =>
  finalLossOf(lines, ending.outcome === 'diverged');

/** Each method's row with the lowest score: of equals, the first. */
export const bestOfEach = (rows: readonly Row[], score: (row: Row) => number): ReadonlyMap<number, Row> =>
  new Map(
    [...new Set(rows.map(({ method }) => method))].flatMap((method) => {
      const winner = bestOutcome(
        rows.filter((row) => row.method === method),
        score,
      );
      return winner === undefined ? [] : [[method, winner] as const];
    }),
  );

/**
 * Computes the arithmetic mean of numbers; NaN for none.
 *
 * @param values the numbers
 *
 * @example mean([1, 3]) // 2
 */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What trainings took, together. */
export interface Took {
  /** How many there were. */
  readonly trainings: number;
  /** Their epochs. */
  readonly epochs: number;
  /** Their seconds, without evaluations. */
  readonly seconds: number;
}

/**
 * Sums up the trainings of some rows: how many, their epochs and their seconds.
 *
 * @param rows the rows, such as those of a finished run with those that chose a setting
 *
 * @example tookOf([]).trainings // 0
 */
export const tookOf = (rows: readonly Row[]): Took => {
  const ends = rows.flatMap(({ runs }) => runs.map(({ lines }) => lines.at(-1)));
  return {
    trainings: ends.length,
    epochs: ends.reduce((sum, end) => sum + (end?.epoch ?? 0), 0),
    seconds: ends.reduce((sum, end) => sum + (end?.seconds ?? 0), 0),
  };
};

/** The mean final training loss over the seeds; infinite where one diverged. */
export const lossOfRun = ({ runs }: Row): number => mean(runs.map(outcomeLoss));

/** A tuning, as far as it says which setting is best. */
type Tuning = TrainingConfig['tuning'];

/**
 * The score of an epoch on held-out examples: lower is better, and it is infinite if it was not
 * measured.
 */
const worth =
  (by: 'loss' | 'accuracy') =>
  ({ testLoss, testAccuracy }: MetricsLine): number =>
    by === 'loss' ? (testLoss ?? Infinity) : testAccuracy === null ? Infinity : -testAccuracy;

/**
 * Finds the epoch at which a training is best on held-out examples, of equals the first: where
 * early stopping would have ended it. There is none for a training that diverged.
 *
 * @param tuning the tuning, for its measure (`by`)
 * @param outcome the metrics of a training, and how it ended
 *
 * @example row.runs.map((run) => stopOf({ epochs: 1, seed: 1, heldOut: 3 }, run)?.epoch) // [1]
 */
export const stopOf = (tuning: Tuning, { lines, ending }: CellOutcome): MetricsLine | undefined =>
  ending.outcome === 'diverged' ? undefined : bestOutcome(lines, worth(tuning?.by ?? 'loss'));

/**
 * The score by which settings are compared, lower being better: the last training loss, or with
 * held-out examples that of the best epoch on them.
 */
export const scoreOf =
  (tuning: Tuning) =>
  (row: Row): number => {
    if (tuning?.heldOut === undefined) return lossOfRun(row);
    const value = worth(tuning.by ?? 'loss');
    return mean(
      row.runs.map((run) => {
        const at = stopOf(tuning, run);
        return at === undefined ? Infinity : value(at);
      }),
    );
  };

/** The first epoch whose training loss is at most that. */
export const reached = ({ lines }: CellOutcome, target: number): MetricsLine | undefined =>
  lines.find(({ trainLoss }) => trainLoss !== null && trainLoss <= target);

/** Whether the training loss fell to half of what it was at the start. */
export const halved = (run: CellOutcome): boolean => outcomeLoss(run) <= (run.lines[0]?.trainLoss ?? 0) / 2;

/** A figure of a table; nothing where there is none. */
export const digits = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : '');
