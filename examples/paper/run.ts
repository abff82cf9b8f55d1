/**
 * The experiments of Frerix et al. (2018), and others that a configuration describes:
 *
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER --resume     goes on after an interruption
 *
 * `proxprop run` does the same. Ends in a folder with the configuration, the environment, metrics, checkpoints, plots and report.html.
 */
import { join } from 'node:path';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { Report } from '../../src';
import { type Made, planned, readExperiment, runExperiment, withData } from '../../src/experiment';
import { options, runExample, startShown } from '../support/cli';

/** The tables and sentences of what came out. */
const show = ({ document }: Made): void => {
  for (const part of document.sections[1]?.parts ?? [])
    if (part.tag === 'table') console.log(`\n${Report.table(part.header, part.rows)}`);
    else if (part.tag === 'paragraph') console.log(`\n${part.text}`);
};

runExample(
  {
    name: 'paper',
    description: 'Run an experiment: train what its configuration says, and write a report.',
    argument: {
      name: 'config',
      fallback: '',
      help: 'file of the configuration, such as examples/paper/limits.json',
    },
    options: {
      backend: options.backend(),
      threads: options.threads(),
      workers: options.workers(),
      data: options.datasets(),
      out: options.text(
        'dir',
        'folder for the results (default: runs/paper and the name in the configuration)',
      ),
      resume: options.flag('go on with a run that was interrupted'),
    },
  },
  ({ backend, threads, workers, data, out: named, resume }, path) =>
    pipe(
      readExperiment(path),
      TE.chainEitherK(planned),
      TE.chain((plan) => withData(plan, data)),
      TE.bindTo('ready'),
      TE.bind('running', () => startShown(backend, threads)),
      TE.chain(({ ready, running }) => {
        const { name } = ready.experiment.config;
        const out = named === '' ? join('runs', 'paper', name) : named;
        const place = {
          backend,
          threads: running.threads,
          workers: workers === 'auto' ? undefined : workers,
          out,
          progress: Report.progressOn(process.stderr),
        };
        return pipe(
          runExperiment(ready, place, { resume, shown: show }),
          TE.map(({ files }) => {
            console.log(
              `\nwrote report.html, report.md, ${Object.keys(files).join(', ')} and plots to ${out}`,
            );
          }),
        );
      }),
    ),
);
