/** Running an experiment in its folder, from the configuration to the report. */
import * as E from 'fp-ts/Either';
import {
  attempt,
  type Backend,
  batchOf,
  type Dataset,
  type Example,
  examplesOf,
  Log,
  type ProxpropError,
  Report,
} from '../../../src';
import { tensor } from '@tensorflow/tfjs-core';
import { buildNetwork, lossOf } from './build';
import { contenders, type Contender, finalCells, showChoice, tuningCells } from './cells';
import { checkLimits, checkTraining, sourceOf } from './check';
import { type LimitsCase, type LimitsConfig, type TrainingConfig } from './config';
import { folderOf, loadData, taskOf } from './data';
import { type Case, type LimitsResult, runLimits, spaced } from './limits';
import { limitsReport } from './limitsReport';
import { type Document } from './document';
import { runCells } from './pool';
import { bestOfEach, type Row, rowsOf } from './results';
import { trainingReport } from './trainingReport';

/** What the command line says. */
export interface Where {
  /** Of the configuration. */
  readonly path: string;
  readonly backend: Backend;
  readonly threads: number;
  /** Cells at a time, where it is not for the configuration to say. */
  readonly workers: number | undefined;
  /** The folder of the data, where one is named. */
  readonly data: string | undefined;
  readonly out: string;
  readonly progress: Report.Progress;
}

type Result<A> = Promise<E.Either<ProxpropError, A>>;

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
  Log.csvRows([
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
  { backend, threads }: Where,
  data: Dataset,
  rows: readonly Row[],
): Report.Summary => ({
  example: `paper/${name}`,
  backend,
  threads,
  seed: rows[0]?.runs[0]?.seed ?? 0,
  dataset: { name: data.name, train: data.train.count, test: data.test.count },
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

/** What a run made: its report, and files beside it. */
export interface Made {
  readonly document: Document;
  readonly files: { readonly [name: string]: string };
}

/** Tune where there is a choice, train what is to be shown, and put it all together. */
export const runTraining = async (config: TrainingConfig, where: Where): Result<Made> => {
  const { path, backend, threads, out, progress } = where;
  const all = contenders(path, config);
  if (E.isLeft(all)) return all;
  const checked = checkTraining(path, config, all.right);
  if (E.isLeft(checked)) return checked;
  const folder = await folderOf(config.data, where.data)();
  if (E.isLeft(folder)) return folder;
  const data = await loadData(config.data, folder.right)();
  if (E.isLeft(data)) return data;
  // Before any worker starts: what does not fit is told once, and at once.
  const task = taskOf(path, config, data.right);
  if (E.isLeft(task)) return task;
  const setting = { path, config, data: folder.right, backend };
  const share = (least: number) => ({ threads, workers: where.workers ?? config.workers ?? least });

  const tuning = tuningCells(config, all.right);
  // Seconds do not matter while settings are chosen: as many at a time as there are threads.
  const searched = await runCells(setting, tuning, out, share(threads), progress);
  if (E.isLeft(searched)) return searched;
  const tuned = await rowsOf(out, tuning);
  if (E.isLeft(tuned)) return tuned;
  const best = bestOfEach(tuned.right);
  const chosen: readonly Contender[] =
    config.tuning === undefined
      ? all.right.flat()
      : all.right.flatMap((some, i): readonly Contender[] => {
          const one = best.get(i) ?? some[0];
          return one === undefined ? [] : [one];
        });

  const final = finalCells(config, chosen);
  const trained = await runCells(setting, final, out, share(1), progress);
  if (E.isLeft(trained)) return trained;
  const rows = await rowsOf(out, final);
  if (E.isLeft(rows)) return rows;
  return E.right({
    document: trainingReport({ config, data: data.right, tuned: tuned.right, rows: rows.right }),
    files: {
      'metrics.csv': metricsCsv([
        ['tuning', tuned.right],
        ['final', rows.right],
      ]),
      'summary.json': Report.summaryText(summaryOf(config, where, data.right, rows.right)),
    },
  });
};

/** The batch of a case: a dataset's first examples, or points of the configuration. */
const exampleOf = async (
  at: string,
  own: LimitsCase,
  where: Where,
): Result<{ readonly example: () => Example; readonly shape: readonly number[] }> => {
  const source = attempt(() => sourceOf(`${where.path}: ${at}`, own));
  if (E.isLeft(source)) return source;
  if (source.right.tag === 'points') {
    const { inputs, targets } = source.right.points;
    const [input = []] = inputs;
    const [target = []] = targets;
    return E.right({
      shape: [input.length],
      example: () => ({
        input: tensor(inputs.flat(), [inputs.length, input.length]),
        target: tensor(targets.flat(), [targets.length, target.length]),
      }),
    });
  }
  const { data } = source.right;
  const folder = await folderOf(data, where.data)();
  if (E.isLeft(folder)) return folder;
  const read = await loadData(data, folder.right)();
  if (E.isLeft(read)) return read;
  const examples = examplesOf(read.right, read.right.train, data.target);
  const order = Int32Array.from({ length: examples.count }, (_, i) => i);
  return E.right({ shape: read.right.shape, example: () => batchOf(examples, order) });
};

/** Take the steps of every case, and put them together. */
export const runStepSizes = async (config: LimitsConfig, where: Where): Result<Made> => {
  const checked = checkLimits(where.path, config);
  if (E.isLeft(checked)) return checked;
  const { from, to, count } = config.multiples;
  const multiples = spaced(from, to, count);
  const results: LimitsResult[] = [];
  const total = config.cases.reduce((sum, { seeds }) => sum + seeds.length, 0);
  where.progress.start(config.name, total);
  for (const [i, own] of config.cases.entries()) {
    const at = `cases.${i}`;
    const batch = await exampleOf(at, own, where);
    if (E.isLeft(batch)) return batch;
    const ready = attempt((): Case => ({
      name: own.name,
      net: buildNetwork(`${where.path}: ${at}.network`, own.network, batch.right.shape),
      loss: lossOf(own.loss),
      example: batch.right.example(),
      tauTheta: own.tauTheta ?? 1,
      seeds: own.seeds,
    }));
    if (E.isLeft(ready)) return ready;
    for (const seed of own.seeds) {
      const found = runLimits(ready.right, seed, multiples, config.steps);
      if (E.isLeft(found)) return found;
      results.push(found.right);
      where.progress.tick(results.length, `${own.name}, seed ${seed}`);
    }
  }
  where.progress.stop(`${config.name}: ${results.length} of ${total} done`);
  const result: LimitsResult = {
    rows: results.flatMap(({ rows }) => rows),
    limits: results.flatMap(({ limits }) => limits),
  };
  const columns = ['case', 'seed', 'what', 'method', 'size', 'ratio'] as const;
  return attempt(() => ({
    document: limitsReport(config, result),
    files: {
      'steps.csv': Log.csvRows([columns, ...result.rows.map((row) => columns.map((c) => row[c]))]),
      'limits.json': `${JSON.stringify(result.limits, null, 2)}\n`,
    },
  }));
};
