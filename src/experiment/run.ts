/** An experiment from its configuration to its report, stage by stage: plan, data, folder, run. */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError } from '../core';
import { type Backend, backends } from '../backend';
import * as Report from '../report';
import { checkLimits } from './check';
import { type Experiment, type LimitsConfig, type TrainingConfig } from './config';
import { folderOf, loadData } from './data';
import { type Facts, factsIn, factsOf, type TrainingData, writeFacts } from './dataFacts';
import { writeDocument } from './document';
import { ENVIRONMENT, environmentIn } from './environment';
import { jsonIn } from './files';
import { type RunPlace } from './place';
import { readExperiment } from './read';
import { CONFIG, openRun } from './runFolder';
import { type CaseData, runStepSizes, stepSizesData } from './stepSizes';
import {
  resultsIn,
  type Gathered,
  gatherTraining,
  type Made,
  type Plan,
  trainingPlanOf,
  runTraining,
} from './training';

/** An experiment that has passed every check which needs no data. */
export type Planned =
  | {
      readonly kind: 'training';
      readonly experiment: Experiment<TrainingConfig>;
      readonly plan: Plan;
    }
  | { readonly kind: 'limits'; readonly experiment: Experiment<LimitsConfig> };

/** A planned experiment with its data, ready to run. */
export type Ready =
  | (Extract<Planned, { readonly kind: 'training' }> & { readonly data: TrainingData })
  | (Extract<Planned, { readonly kind: 'limits' }> & { readonly data: readonly CaseData[] });

/**
 * Plans an experiment: checks everything that needs no data. It fails with `options`, with the path
 * in the configuration.
 *
 * @param experiment what `readExperiment` gave
 *
 * @example E.isRight(planned(experiment)) // true
 */
export const planned = ({ path, config, registry }: Experiment): E.Either<ProxpropError, Planned> => {
  if (config.kind === 'training') {
    const experiment = { path, config, registry };
    return E.map((plan: Plan): Planned => ({ kind: 'training', experiment, plan }))(
      trainingPlanOf(experiment),
    );
  }
  const experiment = { path, config, registry };
  return E.map((): Planned => ({ kind: 'limits', experiment }))(checkLimits(experiment));
};

/**
 * Reads the data of a planned experiment, from the folder that is named, or from `data/`, into
 * which missing files are downloaded. It fails with `file` or `data` if they cannot be read, with
 * `options` if there are fewer examples than asked for.
 *
 * @param plan what `planned` gave
 * @param named the folder of the data, if one is named
 *
 * @example orThrow(await withData(orThrow(planned(experiment)), undefined)()).kind // 'training'
 */
export const withData =
  (plan: Planned, named: string | undefined): TE.TaskEither<ProxpropError, Ready> =>
  () =>
    attemptTask(async (): Promise<Ready> => {
      if (plan.kind === 'limits')
        return { ...plan, data: orThrow(await stepSizesData(plan.experiment, named)()) };
      const { registry, config } = plan.experiment;
      const folder = orThrow(await folderOf(registry, config.data, named)());
      return { ...plan, data: { folder, data: orThrow(await loadData(registry, config.data, folder)()) } };
    })();

const writeMade = async (out: string, { document, files }: Made): Promise<void> => {
  orThrow(await Report.writeFiles(out, files)());
  orThrow(
    await writeDocument(out, document, [
      ['Configuration', await jsonIn(join(out, CONFIG))],
      ['Environment', await jsonIn(join(out, ENVIRONMENT))],
    ])(),
  );
};

/**
 * Runs an experiment in its folder: its cells, then its report. Equal runs give equal files, but
 * for seconds. It fails with the error that keeps it from running, such as a missing package of the
 * report or a cell that failed.
 *
 * @param ready what `withData` gave
 * @param place the folder `out`, the backend, the threads, the progress, and optionally `workers`,
 *   a `signal` and a `runner`
 * @param options `resume`, to continue in a folder where the experiment began, default false;
 *   `shown`, a function that is told the report before it is written, so that a full disk does not
 *   take the figures
 *
 * @example
 * const made = pipe(
 *   readExperiment('quick.json'),
 *   TE.chainEitherK(planned),
 *   TE.chain((plan) => withData(plan, 'data')),
 *   TE.chain((ready) => runExperiment(ready, place)),
 * ); // `await made()` runs it
 */
export const runExperiment = (
  ready: Ready,
  place: RunPlace,
  { resume = false, shown }: { readonly resume?: boolean; readonly shown?: (made: Made) => void } = {},
): TE.TaskEither<ProxpropError, Made> =>
  attemptTask(async () => {
    const { out, backend, threads } = place;
    orThrow(Report.checkReportPackages(out));
    const workers = (ready.kind === 'training' ? (place.workers ?? ready.experiment.config.workers) : 1) ?? 1;
    const release = orThrow(await openRun(out, ready.experiment, { backend, threads, workers }, resume)());
    try {
      if (ready.kind === 'training') await writeFacts(out, ready.data.data);
      const made = orThrow(
        await (
          ready.kind === 'training'
            ? runTraining(ready.experiment, ready.plan, ready.data, place)
            : runStepSizes(ready.experiment, ready.data, place)
        )(),
      );
      shown?.(made);
      await writeMade(out, made);
      return made;
    } finally {
      release();
    }
  });

/** A run that has ended, as far as its trainings go. */
export interface Finished extends Gathered {
  /** The configuration. */
  readonly config: TrainingConfig;
}

/**
 * Reads a finished run from its folder: its configuration, and what its trainings came to. It fails
 * as `reportAgain` does.
 *
 * @param out the folder of the run
 *
 * @example const finished = finishedIn('runs/quick'); // `await finished()` reads it
 */
export const finishedIn = (out: string): TE.TaskEither<ProxpropError, Finished> =>
  attemptTask(async () => {
    const plan = orThrow(planned(orThrow(await readExperiment(join(out, CONFIG))())));
    if (plan.kind === 'limits') return fail('options', out, 'a run of trainings', 'one on step sizes');
    const { config } = plan.experiment;
    return { config, ...orThrow(await resultsIn(config, plan.plan, out)()) };
  });

const isBackend = (name: unknown): name is Backend => backends.some((known) => known === name);

/** What a former run said of its data, or what the data says. */
const factsFor = async (plan: Planned, out: string, named: string | undefined): Promise<Facts> => {
  const kept = await factsIn(out);
  if (kept !== undefined) return kept;
  const ready = orThrow(await withData(plan, named)());
  return ready.kind === 'training' ? factsOf(ready.data.data) : fail('data', out, 'a dataset', 'none');
};

/**
 * Makes the report of a run again, from the files in its folder. It fails with `file` for a folder
 * that holds no run and for a training that has not ended, with `options` for an experiment on step
 * sizes, which keeps no trainings.
 *
 * @param out the folder of the run
 * @param named the folder of the data, which old runs need
 *
 * @example const made = reportAgain('runs/quick', undefined); // `await made()` writes it
 */
export const reportAgain = (out: string, named: string | undefined): TE.TaskEither<ProxpropError, Made> =>
  attemptTask(async () => {
    orThrow(Report.checkReportPackages(out));
    const plan = orThrow(planned(orThrow(await readExperiment(join(out, CONFIG))())));
    if (plan.kind === 'limits')
      return fail('options', out, 'a run of trainings', 'one on step sizes, which is reported as it runs');
    const environment =
      (await environmentIn(out)) ?? fail('file', join(out, ENVIRONMENT), 'a file that can be read', 'none');
    const { backend, threads } = environment;
    if (!isBackend(backend) || typeof threads !== 'number')
      return fail('data', join(out, ENVIRONMENT), 'backend and threads of the run', 'others');
    const facts = await factsFor(plan, out, named);
    const made = orThrow(
      await gatherTraining(plan.experiment, plan.plan, { out, backend, threads }, facts)(),
    );
    await writeMade(out, made);
    return made;
  });
