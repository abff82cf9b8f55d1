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
import { configOfStage, taskOf } from './data';
import { type Facts, factsOf, type TrainingData } from './dataFacts';
import { type Document } from './document';
import { runCells } from './pool';
import { bestOfEach, type Row, rowsOf, scoreOf } from './results';
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
        next: (ended, rung) => nextCells(config, ended, scoreOf(config.tuning), rung),
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
  { tuning }: TrainingConfig,
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
    for (const [method, row] of bestOfEach(ended.right, scoreOf(tuning))) best.set(method, row);
    cells = plan.next(ended.right, rung);
  }
  return E.right({ rows: [...rows.values()], best });
};

/** What the cells of a run came to. */
export interface Gathered {
  /** Every setting of a search, at the last rung that it reached. */
  readonly tuned: readonly Row[];
  /** Of each method, the best. */
  readonly best: ReadonlyMap<number, Row>;
  /** What is shown. */
  readonly rows: readonly Row[];
}

/** The cells that have ended, from their folders alone. Left: one that has not ended, or cannot be read. */
export const gathered = async (config: TrainingConfig, plan: Plan, out: string): Result<Gathered> => {
  const tuned = await searched(config, plan, out, () => Promise.resolve(E.right(undefined)));
  if (E.isLeft(tuned)) return tuned;
  const { best, rows } = tuned.right;
  const shown = await rowsOf(out, plan.final(best));
  return E.isLeft(shown) ? shown : E.right({ tuned: rows, best, rows: shown.right });
};

/** The report of cells that have ended. Left: as of `gathered`. */
export const gatherTraining = async (
  { config }: Experiment<TrainingConfig>,
  plan: Plan,
  where: Pick<RunPlace, 'backend' | 'threads' | 'out'>,
  data: Facts,
): Result<Made> => {
  const found = await gathered(config, plan, where.out);
  if (E.isLeft(found)) return found;
  const { tuned, rows } = found.right;
  return E.right({
    document: trainingReport({ config, data, ...found.right }),
    files: {
      'metrics.csv': metricsCsv([
        ['tuning', tuned],
        ['final', rows],
      ]),
      'summary.json': Report.summaryText(summaryOf(config, where, data, rows)),
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
  for (const stage of ['tuning', 'final'] as const) {
    const task = taskOf({ ...experiment, config: configOfStage(config, stage) }, data);
    if (E.isLeft(task)) return task;
  }
  const settingOf = (stage: Cell['stage']) => ({
    path: experiment.path,
    config: configOfStage(config, stage),
    data: folder,
    backend,
  });
  const share = (least: number) => ({ threads, workers: where.workers ?? config.workers ?? least });
  // Seconds do not matter while settings are chosen: as many at a time as there are threads.
  const tuned = await searched(config, plan, out, (cells) =>
    runner(settingOf('tuning'), cells, out, share(threads), where),
  );
  if (E.isLeft(tuned)) return tuned;
  const trained = await runner(settingOf('final'), plan.final(tuned.right.best), out, share(1), where);
  if (E.isLeft(trained)) return trained;
  return gatherTraining(experiment, plan, where, factsOf(data));
};
