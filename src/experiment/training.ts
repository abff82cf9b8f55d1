/** Running a training experiment in its folder: tune where there is a choice, train what is to be shown. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import { type ProxpropError } from '../core';
import { csvRows } from '../log';
import * as Report from '../report';
import {
  type Cell,
  contenders,
  type Contender,
  finalCells,
  nextCells,
  showChoice,
  tuningCells,
} from './cells';
import { checkTrainingConfig } from './check';
import { type Experiment, type TrainingConfig } from './config';
import { taskOf } from './data';
import { type Facts, factsOf, type TrainingData } from './dataFacts';
import { type Document } from './document';
import { runCells } from './pool';
import { bestOfEach, lossOfRun, type Row, rowsOf } from './results';
import { trainingReport } from './trainingReport';
import { type RunPlace } from './place';

type Result<A> = Promise<E.Either<ProxpropError, A>>;

/** What a run made: its report, and files beside it. */
export interface Made {
  readonly document: Document;
  readonly files: { readonly [name: string]: string };
}

/** All trainings that a configuration asks for, known before any of them. */
export interface Plan {
  readonly contenders: readonly (readonly Contender[])[];
  /** What is trained first to find the best of each grid. */
  readonly tuning: readonly Cell[];
  /** What is trained next, once those of a rung, from 0 on, have ended: nothing after the last, or without halving. */
  readonly next: (ended: readonly Row[], rung: number) => readonly Cell[];
  /** What is trained to be shown, once each grid has its best: of a grid without one, the first stands for it. */
  readonly final: (best: ReadonlyMap<number, Contender>) => readonly Cell[];
}

/** Left: `options` with the path in the configuration. */
export const trainingPlanOf = (experiment: Experiment<TrainingConfig>): E.Either<ProxpropError, Plan> =>
  pipe(
    contenders(experiment),
    E.chainFirst((all) => checkTrainingConfig(experiment, all)),
    E.map((all) => {
      const { config } = experiment;
      return {
        contenders: all,
        tuning: tuningCells(config, all),
        next: (ended, rung) => nextCells(config, ended, lossOfRun, rung),
        final: (best) =>
          finalCells(
            config,
            config.tuning === undefined
              ? all.flat()
              : all.flatMap((some, i): readonly Contender[] => {
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
  /** Of each method, the best of its last rung. */
  readonly best: ReadonlyMap<number, Row>;
}

/** Train rung after rung, and choose. */
const searched = async (
  plan: Plan,
  out: string,
  train: (cells: readonly Cell[]) => Promise<E.Either<ProxpropError, void>>,
): Result<Tuned> => {
  const rows = new Map<string, Row>();
  const best = new Map<number, Row>();
  let cells = plan.tuning;
  for (let rung = 0; cells.length > 0; rung++) {
    const trained = await train(cells);
    if (E.isLeft(trained)) return trained;
    const ended = await rowsOf(out, cells);
    if (E.isLeft(ended)) return ended;
    for (const row of ended.right) rows.set(JSON.stringify([row.method, row.choice]), row);
    for (const [method, row] of bestOfEach(ended.right)) best.set(method, row);
    cells = plan.next(ended.right, rung);
  }
  return E.right({ rows: [...rows.values()], best });
};

/** The report of cells that have ended, from their folders alone. Left: a cell that has not ended, or cannot be read. */
export const gatherTraining = async (
  { config }: Experiment<TrainingConfig>,
  plan: Plan,
  where: Pick<RunPlace, 'backend' | 'threads' | 'out'>,
  data: Facts,
): Result<Made> => {
  const tuned = await searched(plan, where.out, () => Promise.resolve(E.right(undefined)));
  if (E.isLeft(tuned)) return tuned;
  const { best } = tuned.right;
  const rows = await rowsOf(where.out, plan.final(best));
  if (E.isLeft(rows)) return rows;
  return E.right({
    document: trainingReport({ config, data, tuned: tuned.right.rows, best, rows: rows.right }),
    files: {
      'metrics.csv': metricsCsv([
        ['tuning', tuned.right.rows],
        ['final', rows.right],
      ]),
      'summary.json': Report.summaryText(summaryOf(config, where, data, rows.right)),
    },
  });
};

/** Train all cells that have not ended, and put them together. */
export const runTraining = async (
  experiment: Experiment<TrainingConfig>,
  plan: Plan,
  { data, folder }: TrainingData,
  where: RunPlace,
): Result<Made> => {
  const { config } = experiment;
  const { backend, threads, out, runner = runCells } = where;
  // Before any worker starts: what does not fit is told once, and at once.
  const task = taskOf(experiment, data);
  if (E.isLeft(task)) return task;
  const setting = { path: experiment.path, config, data: folder, backend };
  const share = (least: number) => ({ threads, workers: where.workers ?? config.workers ?? least });
  // Seconds do not matter while settings are chosen: as many at a time as there are threads.
  const tuned = await searched(plan, out, (cells) => runner(setting, cells, out, share(threads), where));
  if (E.isLeft(tuned)) return tuned;
  const trained = await runner(setting, plan.final(tuned.right.best), out, share(1), where);
  if (E.isLeft(trained)) return trained;
  return gatherTraining(experiment, plan, where, factsOf(data));
};
