/** Running an experiment on step sizes. */
import * as E from 'fp-ts/Either';
import { tensor } from '@tensorflow/tfjs-core';
import { attempt, error, type ProxpropError } from '../core';
import { examplesOf } from '../data';
import { type Example } from '../energy';
import { csvRows } from '../log';
import { buildNetwork, losses } from '../registry';
import { batchOf, inOrder } from '../example';
import { sourceOf } from './check';
import { type Experiment, type LimitsCase, type LimitsConfig } from './config';
import { folderOf, loadData } from './data';
import { type Case, type LimitsResult, runLimits, spaced } from './limits';
import { limitsReport } from './limitsReport';
import { type RunPlace } from './place';
import { type Made } from './training';

type Result<A> = Promise<E.Either<ProxpropError, A>>;

/** The batch of a case, which is made when it is asked for, and the shape of one example. */
export interface CaseData {
  readonly example: () => Example;
  readonly shape: readonly number[];
}

/** A dataset's first examples, or points of the configuration. */
const caseData = async (
  { path, registry }: Experiment<LimitsConfig>,
  at: string,
  own: LimitsCase,
  named: string | undefined,
): Result<CaseData> => {
  const source = attempt(() => sourceOf(`${path}: ${at}`, own));
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
  const folder = await folderOf(registry, data, named)();
  if (E.isLeft(folder)) return folder;
  const read = await loadData(registry, data, folder.right)();
  if (E.isLeft(read)) return read;
  const examples = examplesOf(read.right, read.right.train, data.target);
  const order = inOrder(examples.count);
  return E.right({ shape: read.right.shape, example: () => batchOf(examples, order) });
};

/** The batches of all cases. Left: `file`, `data`. */
export const stepSizesData = async (
  experiment: Experiment<LimitsConfig>,
  named: string | undefined,
): Result<readonly CaseData[]> => {
  const all: CaseData[] = [];
  for (const [i, own] of experiment.config.cases.entries()) {
    const data = await caseData(experiment, `cases.${i}`, own, named);
    if (E.isLeft(data)) return data;
    all.push(data.right);
  }
  return E.right(all);
};

/** So that a signal is heard between steps that leave no time for it. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a run that was aborted gives. */
export const interrupted = (): ProxpropError =>
  error('options', 'signal', 'a run that goes on', 'an interruption');

/** Take the steps of every case, and put them together. */
export const runStepSizes = async (
  { path, config, registry }: Experiment<LimitsConfig>,
  data: readonly CaseData[],
  { progress, signal }: RunPlace,
): Result<Made> => {
  const { from, to, count } = config.multiples;
  const multiples = spaced(from, to, count);
  const results: LimitsResult[] = [];
  const total = config.cases.reduce((sum, { seeds }) => sum + seeds.length, 0);
  progress.start(config.name, total);
  for (const [i, own] of config.cases.entries()) {
    const batch = data[i];
    if (batch === undefined) return E.left(error('data', `cases.${i}`, 'a batch', 'none'));
    const ready = attempt((): Case => ({
      name: own.name,
      net: buildNetwork(registry, `${path}: cases.${i}.network`, own.network, batch.shape),
      loss: losses[own.loss],
      example: batch.example(),
      tauTheta: own.tauTheta ?? 1,
      seeds: own.seeds,
    }));
    if (E.isLeft(ready)) return ready;
    for (const seed of own.seeds) {
      await breath();
      if (signal?.aborted === true) return E.left(interrupted());
      const found = runLimits(ready.right, seed, multiples, config.steps);
      if (E.isLeft(found)) return found;
      results.push(found.right);
      progress.tick(results.length, `${own.name}, seed ${seed}`);
    }
  }
  progress.stop(`${config.name}: ${results.length} of ${total} done`);
  const result: LimitsResult = {
    rows: results.flatMap(({ rows }) => rows),
    limits: results.flatMap(({ limits }) => limits),
  };
  const columns = ['case', 'seed', 'what', 'method', 'size', 'ratio'] as const;
  return attempt(() => ({
    document: limitsReport(config, result),
    files: {
      'steps.csv': csvRows([columns, ...result.rows.map((row) => columns.map((c) => row[c]))]),
      'limits.json': `${JSON.stringify(result.limits, null, 2)}\n`,
    },
  }));
};
