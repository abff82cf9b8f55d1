/** What several examples show in the same way. */
import { type Dataset, phases, type Profile, Report } from '../../src';
import { type ContestRun as Run } from '../../src/experiment';

/** The last training loss, or that there is none. */
export const lossOf = ({ epochs, diverged }: Run): string =>
  diverged === undefined ? (epochs.at(-1)?.trainLoss ?? Number.NaN).toFixed(3) : 'diverged';

/** How runs ended, a row each. */
export const resultTable = (what: string, runs: readonly Run[]): string =>
  Report.table(
    [what, 'training loss', 'test accuracy'],
    runs.map((run) => [run.name, lossOf(run), Report.percent(run.epochs.at(-1)?.testAccuracy)]),
  );

/** Where the time went, a row for each name, in milliseconds; the phases sum to the last column. */
export const profileTable = (rows: readonly (readonly [string, Profile])[]): string =>
  Report.table(
    ['', ...phases, 'sum'],
    rows.map(([name, profile]) => [
      name,
      ...phases.map((phase) => profile[phase].toFixed(1)),
      phases.reduce((sum, phase) => sum + profile[phase], 0).toFixed(1),
    ]),
  );

/** Runs as `summary.json` holds them. */
export const summaryOf = (
  example: string,
  settings: { readonly backend: string; readonly threads: number; readonly seed: number },
  data: Dataset,
  runs: readonly Run[],
): Report.Summary => ({
  example,
  ...settings,
  dataset: { name: data.name, train: data.train.count, test: data.test.count },
  runs: runs.map(({ name, method, optimizer, epochs }) => ({
    name,
    schedule: method.name,
    optimizer: optimizer?.name ?? 'none, over all examples at once',
    epochs: epochs.map(({ epoch, seconds, trainLoss, testLoss, testAccuracy }) => ({
      epoch,
      seconds,
      trainLoss: Report.measured(trainLoss),
      testLoss: Report.measured(testLoss),
      testAccuracy: Report.measured(testAccuracy),
    })),
  })),
});

/** What is plotted of runs: a value at each epoch, over epochs and seconds; a gap where there is none. */
export const measureOf = (
  title: string,
  logScale: boolean,
  runs: readonly Run[],
  value: (run: Run, i: number) => number | null | undefined,
): Report.Measure => ({
  title,
  logScale,
  points: runs.flatMap((run) =>
    run.epochs.map(({ epoch, seconds }, i) => ({
      name: run.name,
      epoch,
      seconds,
      value: value(run, i) ?? Number.NaN,
    })),
  ),
});
