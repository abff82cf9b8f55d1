/**
 * Running a training experiment in its folder: it tunes if there is a choice, and then trains the
 * cells that are shown.
 */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../core';
import { csvRows } from '../log';
import * as Report from '../report';
import {
  type Cell,
  contenders,
  type CellContender,
  finalCells,
  nextCells,
  showChoice,
  tuningCells,
} from './cells';
import { checkTrainingConfig } from './check';
import { type Experiment, type TrainingConfig } from './config';
import { configOfStage, taskOf } from './data';
import { type Facts, factsOf, type TrainingData } from './dataFacts';
import { type Document } from './document';
import { runCells } from './pool';
import { bestOfEach, type Row, rowsOf, scoreOf } from './results';
import { trainingReport } from './trainingReport';
import { type RunPlace } from './place';

type Result<A> = TE.TaskEither<ProxpropError, A>;

/** The results of a run: its report, and the files beside it. */
export interface Made {
  /** The report. */
  readonly document: Document;
  /** The texts of the files beside it, by their names. */
  readonly files: { readonly [name: string]: string };
}

/** All trainings that a configuration asks for, before any of them. */
export interface Plan {
  /** The contenders of each method. */
  readonly contenders: readonly (readonly CellContender[])[];
  /** The cells that train first, to find the best choice of each grid. */
  readonly tuning: readonly Cell[];
  /**
   * The cells that train next, once those of a rung, from 0, have ended; none after the last rung,
   * or without halving.
   */
  readonly next: (ended: readonly Row[], rung: number) => readonly Cell[];
  /**
   * The cells whose results are shown, once each grid has its best choice; the first choice stands
   * for a grid without one.
   */
  readonly final: (best: ReadonlyMap<number, CellContender>) => readonly Cell[];
}

/**
 * Plans the trainings of an experiment: its contenders, the cells of its tuning, and the cells that
 * are shown. It fails as `contenders` and `checkTrainingConfig` do.
 *
 * @param experiment its `path`, `config` and `registry`
 *
 * @example orThrow(trainingPlanOf(experiment)).final(new Map()).length // 2
 */
export const trainingPlanOf = (experiment: Experiment<TrainingConfig>): E.Either<ProxpropError, Plan> =>
  pipe(
    contenders(experiment),
    E.chainFirst((all) => checkTrainingConfig(experiment, all)),
    E.map((all) => {
      const { config } = experiment;
      return {
        contenders: all,
        tuning: tuningCells(config, all),
        next: (ended, rung) => nextCells(config, ended, scoreOf(config.tuning), rung),
        final: (best) =>
          finalCells(
            config,
            config.tuning === undefined
              ? all.flat()
              : all.flatMap((some, i): readonly CellContender[] => {
                  const one = best.get(i) ?? some[0];
                  return one === undefined ? [] : [one];
                }),
          ),
      };
    }),
  );

const COLUMNS = [
  'stage',
  'method',
  'setting',
  'seed',
  'epoch',
  'seconds',
  'trainLoss',
  'testLoss',
  'testAccuracy',
] as const;

/** Every epoch of every training, a line each. */
const metricsCsv = (stages: readonly (readonly [string, readonly Row[]])[]): string =>
  csvRows([
    COLUMNS,
    ...stages.flatMap(([stage, rows]) =>
      rows.flatMap(({ trainer, choice, runs }) =>
        runs.flatMap(({ seed, lines }) =>
          lines.map(({ epoch, seconds, trainLoss, testLoss, testAccuracy }) => [
            stage,
            trainer.name,
            showChoice(choice),
            seed,
            epoch,
            seconds,
            trainLoss,
            testLoss,
            testAccuracy,
          ]),
        ),
      ),
    ),
  ]);

const summaryOf = (
  { name }: TrainingConfig,
  { backend, threads }: Pick<RunPlace, 'backend' | 'threads'>,
  data: Facts,
  rows: readonly Row[],
): Report.Summary => ({
  example: `paper/${name}`,
  backend,
  threads,
  seed: rows[0]?.runs[0]?.seed ?? 0,
  dataset: { name: data.name, train: data.train, test: data.test },
  runs: rows.flatMap(({ trainer, choice, runs }) =>
    runs.map(({ seed, lines }) => ({
      name: [trainer.name, showChoice(choice), `seed ${seed}`].filter((part) => part !== '').join(', '),
      schedule: JSON.stringify(trainer.schedule),
      optimizer:
        trainer.optimizer === undefined
          ? 'none, over all examples at once'
          : JSON.stringify(trainer.optimizer),
      epochs: lines,
    })),
  ),
});

/** What a search came to. */
interface Tuned {
  /** Every setting at the last rung that it reached. */
  readonly rows: readonly Row[];
  /** The best of the last rung, for each method. */
  readonly best: ReadonlyMap<number, Row>;
}

/** Train rung after rung, and choose. */
const searched = (
  { tuning }: TrainingConfig,
  plan: Plan,
  out: string,
  train: (cells: readonly Cell[]) => Result<void>,
): Result<Tuned> => {
  const score = scoreOf(tuning);
  const rung = (number: number, cells: readonly Cell[], before: Tuned): Result<Tuned> =>
    cells.length === 0
      ? TE.right(before)
      : pipe(
          train(cells),
          TE.chain(() => rowsOf(out, cells)),
          TE.chain((ended) => rung(number + 1, plan.next(ended, number), withRung(before, ended, score))),
        );
  return rung(0, plan.tuning, { rows: [], best: new Map() });
};

/**
 * The results after one more rung: its rows replace those of the same settings before, and its best
 * replaces the best before.
 */
const withRung = (before: Tuned, ended: readonly Row[], score: (row: Row) => number): Tuned => ({
  rows: [
    ...new Map(
      [...before.rows, ...ended].map((row) => [JSON.stringify([row.method, row.choice]), row]),
    ).values(),
  ],
  best: new Map([...before.best, ...bestOfEach(ended, score)]),
});

/** The results of the cells of a run. */
export interface Gathered {
  /** Every setting of a search, at the last rung that it reached. */
  readonly tuned: readonly Row[];
  /** The best row of each method. */
  readonly best: ReadonlyMap<number, Row>;
  /** The rows that are shown. */
  readonly rows: readonly Row[];
}

/**
 * The cells that have ended, from their folders alone. It fails if one has not ended, or cannot be
 * read.
 */
export const resultsIn = (config: TrainingConfig, plan: Plan, out: string): Result<Gathered> =>
  pipe(
    searched(config, plan, out, () => TE.right(undefined)),
    TE.bindTo('tuned'),
    TE.bind('rows', ({ tuned }) => rowsOf(out, plan.final(tuned.best))),
    TE.map(({ tuned, rows }) => ({ tuned: tuned.rows, best: tuned.best, rows })),
  );

/** The report of cells that have ended. Left: as of `gathered`. */
export const gatherTraining = (
  { config }: Experiment<TrainingConfig>,
  plan: Plan,
  where: Pick<RunPlace, 'backend' | 'threads' | 'out'>,
  data: Facts,
): Result<Made> =>
  pipe(
    resultsIn(config, plan, where.out),
    TE.map((found) => ({
      document: trainingReport({ config, data, ...found }),
      files: {
        'metrics.csv': metricsCsv([
          ['tuning', found.tuned],
          ['final', found.rows],
        ]),
        'summary.json': Report.summaryText(summaryOf(config, where, data, found.rows)),
      },
    })),
  );

/** Train all cells that have not ended, and put them together. */
export const runTraining = (
  experiment: Experiment<TrainingConfig>,
  plan: Plan,
  { data, folder }: TrainingData,
  where: RunPlace,
): Result<Made> => {
  const { config } = experiment;
  const { backend, threads, out, runner = runCells } = where;
  const settingOf = (stage: Cell['stage']) => ({
    path: experiment.path,
    config: configOfStage(config, stage),
    data: folder,
    backend,
  });
  const train = (stage: Cell['stage'], cells: readonly Cell[], least: number): Result<void> =>
    runner(
      settingOf(stage),
      cells,
      out,
      { threads, workers: where.workers ?? config.workers ?? least },
      where,
    );
  return pipe(
    // Before any worker starts: what does not fit is told once, and at once.
    ['tuning', 'final'] as const,
    E.traverseArray((stage) => taskOf({ ...experiment, config: configOfStage(config, stage) }, data)),
    TE.fromEither,
    // Seconds do not matter while settings are chosen: as many at a time as there are threads.
    TE.chain(() => searched(config, plan, out, (cells) => train('tuning', cells, threads))),
    TE.chain(({ best }) => train('final', plan.final(best), 1)),
    TE.chain(() => gatherTraining(experiment, plan, where, factsOf(data))),
  );
};
