/** Running an experiment on step sizes. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { tensor } from '@tensorflow/tfjs-core';
import { attempt, dispose, error, fail, type ProxpropError } from '../core';
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

type Result<A> = TE.TaskEither<ProxpropError, A>;

/** The batch of a case, which is made when it is asked for, and the shape of one example. */
export interface CaseData {
  /** A new batch, which is the caller's. */
  readonly example: () => Example;
  readonly shape: readonly number[];
}

/** A dataset's first examples, or points of the configuration. */
const caseData = (
  { path, registry }: Experiment<LimitsConfig>,
  at: string,
  own: LimitsCase,
  named: string | undefined,
): Result<CaseData> =>
  pipe(
    TE.fromEither(attempt(() => sourceOf(`${path}: ${at}`, own))),
    TE.chain((source): Result<CaseData> => {
      if (source.tag === 'points') return TE.right(pointsOf(source.points));
      const { data } = source;
      return pipe(
        folderOf(registry, data, named),
        TE.chain((folder) => loadData(registry, data, folder)),
        TE.map((read) => {
          const examples = examplesOf(read, read.train, data.target);
          const order = inOrder(examples.count);
          return { shape: read.shape, example: () => batchOf(examples, order) };
        }),
      );
    }),
  );

/** Points of the configuration as a batch. */
const pointsOf = ({ inputs, targets }: NonNullable<LimitsCase['points']>): CaseData => {
  const [input = []] = inputs;
  const [target = []] = targets;
  return {
    shape: [input.length],
    example: () => ({
      input: tensor(inputs.flat(), [inputs.length, input.length]),
      target: tensor(targets.flat(), [targets.length, target.length]),
    }),
  };
};

/** The batches of all cases. Left: `file`, `data`. */
export const stepSizesData = (
  experiment: Experiment<LimitsConfig>,
  named: string | undefined,
): Result<readonly CaseData[]> =>
  pipe(
    experiment.config.cases,
    TE.traverseSeqArrayWithIndex((i, own) => caseData(experiment, `cases.${i}`, own, named)),
  );

/** So that a signal is heard between steps that leave no time for it. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The error of a run that was aborted by its `signal`.
 *
 * @example describe(interrupted()) // 'options error at signal: expected a run that goes on, found an interruption'
 */
export const interrupted = (): ProxpropError =>
  error('options', 'signal', 'a run that goes on', 'an interruption');

/** One case with one seed. */
interface Turn {
  readonly i: number;
  readonly own: LimitsCase;
  readonly seed: number;
}

/** Take the steps of every case, and put them together. */
export const runStepSizes = (
  experiment: Experiment<LimitsConfig>,
  data: readonly CaseData[],
  { progress, signal }: RunPlace,
): Result<Made> => {
  const { config } = experiment;
  const { from, to, count } = config.multiples;
  const multiples = spaced(from, to, count);
  const turns = config.cases.flatMap((own, i) => own.seeds.map((seed): Turn => ({ i, own, seed })));
  const stepsOf = (turn: Turn, done: number): Result<LimitsResult> =>
    pipe(
      TE.fromTask(breath),
      TE.chainEitherK(() =>
        signal?.aborted === true ? E.left(interrupted()) : caseOf(experiment, data, turn),
      ),
      TE.chainEitherK((ready) => {
        const found = runLimits(ready, turn.seed, multiples, config.steps);
        dispose(ready.example.input, ready.example.target);
        return found;
      }),
      TE.tapIO(() => () => {
        progress.tick(done + 1, `${turn.own.name}, seed ${turn.seed}`);
      }),
    );
  return pipe(
    TE.fromIO(() => {
      progress.start(config.name, turns.length);
    }),
    TE.chain(() => TE.traverseSeqArrayWithIndex((done: number, turn: Turn) => stepsOf(turn, done))(turns)),
    TE.tapIO((results) => () => {
      progress.stop(`${config.name}: ${results.length} of ${turns.length} done`);
    }),
    TE.chainEitherK((results) => attempt(() => madeOf(config, results))),
  );
};

/** A case that is ready: its network, and its batch, which is the caller's. */
const caseOf = (
  { path, registry }: Experiment<LimitsConfig>,
  data: readonly CaseData[],
  { i, own }: Turn,
): E.Either<ProxpropError, Case> =>
  attempt(() => {
    const batch = data[i] ?? fail('data', `cases.${i}`, 'a batch', 'none');
    return {
      name: own.name,
      net: buildNetwork(registry, `${path}: cases.${i}.network`, own.network, batch.shape),
      loss: losses[own.loss],
      example: batch.example(),
      tauTheta: own.tauTheta ?? 1,
      seeds: own.seeds,
    };
  });

const COLUMNS = ['case', 'seed', 'what', 'method', 'size', 'ratio'] as const;

const madeOf = (config: LimitsConfig, results: readonly LimitsResult[]): Made => {
  const result: LimitsResult = {
    rows: results.flatMap(({ rows }) => rows),
    limits: results.flatMap(({ limits }) => limits),
  };
  return {
    document: limitsReport(config, result),
    files: {
      'steps.csv': csvRows([COLUMNS, ...result.rows.map((row) => COLUMNS.map((c) => row[c]))]),
      'limits.json': `${JSON.stringify(result.limits, null, 2)}\n`,
    },
  };
};
