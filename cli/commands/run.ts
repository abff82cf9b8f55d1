/** `proxprop run CONFIG`: an experiment from its configuration to its report. */
import { join } from 'node:path';
import { Command as Program, Option } from 'commander';
import type * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attempt, type Backend, error, type ProxpropError, Report, type Threads } from '../../src';
import {
  type Cell,
  identityOf,
  networkOf,
  type Made,
  type Place,
  type Planned,
  planned,
  type Ready,
  readExperiment,
  runExperiment,
  exampleShape,
  showChoice,
  withData,
} from '../../src/experiment';
import { type Command, EXIT, type Failure, stage } from '../exit';
import { byQueue, trainingIn } from '../../src/queue';
import { flags, path as filePath, parseWhole } from '../parsers';
import { interruptible } from '../process';
import { onQueue } from '../queued';
import { madeJson, printJson, showMade, started } from '../show';

interface Options {
  readonly backend: Backend;
  readonly threads: Threads;
  readonly workers: 'auto' | number;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly queue?: string;
  readonly store: string;
  readonly attempts: number;
}

/** What a plan would train: of grids that are tuned, one final cell stands for the best. */
const cellsOf = (plan: Extract<Planned, { readonly kind: 'training' }>): readonly Cell[] => [
  ...plan.plan.tuning,
  ...plan.plan.final(new Map()),
];

/** Whether the network fits the data, where the shape of that is known before it is read. */
const fits = (plan: Planned): E.Either<ProxpropError, void> =>
  attempt(() => {
    if (plan.kind === 'limits') return;
    const shape = exampleShape(plan.experiment);
    if (shape !== undefined) networkOf(plan.experiment, shape);
  });

const showPlan = (plan: Planned, out: string, json: boolean): void => {
  const { name } = plan.experiment.config;
  if (plan.kind === 'limits') {
    const { cases, multiples, steps } = plan.experiment.config;
    const sizes = cases.reduce((n, { seeds }) => n + seeds.length, 0) * multiples.count;
    if (json) printJson({ name, out, kind: 'limits', cases: cases.map((c) => c.name), sizes, steps });
    else console.log(`${name}: ${cases.length} cases, ${sizes} step sizes, into ${out}`);
    return;
  }
  const cells = cellsOf(plan);
  const { config } = plan.experiment;
  if (json) {
    printJson({
      name,
      out,
      kind: 'training',
      cells: cells.map((cell) => ({
        id: cell.id,
        stage: cell.stage,
        method: cell.trainer.name,
        setting: showChoice(cell.choice),
        seed: cell.seed,
        epochs: cell.epochs,
        identity: identityOf(config, cell),
      })),
    });
    return;
  }
  console.log(
    Report.table(
      ['stage', 'method', 'setting', 'seed', 'epochs'],
      cells.map(({ stage: of, trainer, choice, seed, epochs }) => [
        of,
        trainer.name,
        config.tuning !== undefined && of === 'final' && choice.length > 0 ? 'the best' : showChoice(choice),
        String(seed),
        String(epochs),
      ]),
    ),
  );
  const epochs = cells.reduce((sum, cell) => sum + cell.epochs, 0);
  const more = config.tuning?.halving === undefined ? '' : ', and those that halving lets go on';
  console.log(`\n${cells.length} trainings, ${epochs} epochs${more}, into ${out}; nothing was trained`);
};

/** What a user reads after Ctrl-C. */
const interruptedAt = (out: string): Failure => ({
  code: EXIT.interrupted,
  error: error('file', out, 'a run to its end', 'Ctrl-C; what was trained is saved, --resume goes on'),
});

/** Before anything is read or trained: whether there is something to share out, and a queue and a store to do it by. */
const queueThere = (plan: Planned, { queue, store }: Options): TE.TaskEither<Failure, void> =>
  queue === undefined
    ? TE.right(undefined)
    : pipe(
        TE.fromEither(trainingIn(plan)),
        stage(EXIT.usage),
        TE.chain(() => onQueue(queue, store, () => TE.right(undefined))),
      );

/** What trains the cells: this machine, or the workers of a queue. */
const trained = (
  ready: Ready,
  place: Place,
  { queue, store, attempts }: Options,
  go: (place: Place) => TE.TaskEither<ProxpropError, Made>,
): TE.TaskEither<Failure, Made> =>
  queue === undefined
    ? stage(EXIT.failed)(go(place))
    : pipe(
        TE.fromEither(trainingIn(ready)),
        stage(EXIT.usage),
        TE.chain((training) =>
          onQueue(queue, store, (link, kept) => {
            const runner = byQueue(link, kept, training, { attempts, screen: process.stderr });
            return stage(EXIT.failed)(go({ ...place, runner }));
          }),
        ),
      );

export const run = (path: string, options: Options): Command =>
  pipe(
    readExperiment(path),
    TE.chainEitherK(planned),
    TE.chainFirstEitherK(fits),
    // A configuration that cannot be read is one that cannot be understood.
    stage(EXIT.usage),
    TE.chain((plan) => {
      const out = options.out ?? join('runs', plan.experiment.config.name);
      if (options.dryRun === true)
        return TE.fromIO(() => {
          showPlan(plan, out, options.json === true);
        });
      return pipe(
        TE.fromEither(Report.checkReportPackages(out)),
        stage(EXIT.failed),
        TE.chain(() => queueThere(plan, options)),
        TE.chain(() => stage(EXIT.data)(withData(plan, options.data))),
        TE.bindTo('ready'),
        TE.bind('running', () => pipe(started(options.backend, options.threads), stage(EXIT.failed))),
        TE.chain(({ ready, running }) => {
          const signal = interruptible();
          const place = {
            backend: options.backend,
            threads: running.threads,
            workers: options.workers === 'auto' ? undefined : options.workers,
            out,
            progress: Report.progressOn(process.stderr),
            signal,
          };
          const resume = options.resume === true;
          return pipe(
            trained(ready, place, options, (own) =>
              runExperiment(ready, own, options.json === true ? { resume } : { resume, shown: showMade }),
            ),
            TE.mapLeft((failure) => (signal.aborted ? interruptedAt(out) : failure)),
          );
        }),
        TE.map((made) => {
          if (options.json === true) printJson(madeJson(made, out));
          else
            console.log(
              `\nwrote report.html, report.md, ${Object.keys(made.files).join(', ')} and plots to ${out}`,
            );
        }),
      );
    }),
  );

export const runProgram = (): Program =>
  new Program('run')
    .summary('train what a configuration says, and write a report')
    .description(
      'Run an experiment: train what a configuration says, and write tables, plots and a report into a folder.',
    )
    .argument('<config>', 'file of the configuration, JSON', filePath('CONFIG', 'a file'))
    .addOption(flags.out('folder of the run (default: runs/ and the name in the configuration)'))
    .option('--resume', 'go on with a run that was interrupted')
    .option('--dry-run', 'check the configuration, and list what would be trained')
    .addOption(flags.data())
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(
      new Option('--attempts <n>', 'with --queue: tries of a cell that ends in a failure')
        .argParser<number>(parseWhole('--attempts', 1))
        .default(3),
    )
    .addOption(flags.workers())
    .addOption(flags.backend())
    .addOption(flags.threads())
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
A configuration names data, network, loss, methods and seeds; \`proxprop demo\` writes one to begin with, and
\`proxprop info\` lists the names of layers, methods, optimizers and datasets. Ctrl-C ends a run; what was trained is saved.
Reports need the packages vega, vega-lite, vega-embed, @resvg/resvg-wasm and dejavu-fonts-ttf.

Examples:
  $ proxprop run quick.json --dry-run
  $ proxprop run quick.json --data ~/datasets --workers 2
  $ proxprop run quick.json --resume
  $ proxprop run quick.json --queue redis://head      # trained by each \`proxprop worker --queue redis://head\``,
    );
