/**
 * The experiments of Frerix et al. (2018), and others that a configuration describes:
 *
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER
 *     npx ts-node examples/paper/run.ts examples/paper/cifar-mlp.json --data FOLDER --resume     goes on after an interruption
 *
 * Ends in a folder with the configuration, the environment, metrics, checkpoints, plots and report.html.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { attemptTask, orThrow, type ProxpropError, Report } from '../../src';
import { options, runExample, startShown } from '../support/cli';
import { type ExperimentConfig, readConfig } from './support/config';
import { writeDocument } from './support/document';
import { runStepSizes, runTraining, type Where } from './support/experiment';
import { jsonIn } from './support/files';
import { openRun } from './support/runFolder';

/** Run an experiment in its folder, and write its report there. */
const runIn = async (config: ExperimentConfig, where: Where): Promise<E.Either<ProxpropError, void>> => {
  const { out } = where;
  const made =
    config.kind === 'training' ? await runTraining(config, where) : await runStepSizes(config, where);
  if (E.isLeft(made)) return made;
  const { document, files } = made.right;
  // Before anything is written: a full disk does not take the figures from the terminal.
  for (const part of document.sections[1]?.parts ?? [])
    if (part.tag === 'table') console.log(`\n${Report.table(part.header, part.rows)}`);
    else if (part.tag === 'paragraph') console.log(`\n${part.text}`);
  const beside = await Report.writeFiles(out, files)();
  if (E.isLeft(beside)) return beside;
  const written = await writeDocument(out, document, [
    ['Configuration', await jsonIn(join(out, 'config.json'))],
    ['Environment', await jsonIn(join(out, 'environment.json'))],
  ])();
  if (E.isLeft(written)) return written;
  console.log(`\nwrote report.html, report.md, ${Object.keys(files).join(', ')} and plots to ${out}`);
  return written;
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
    async () => {
      const config = await readConfig(path)();
      if (E.isLeft(config)) return config;
      const out = named === '' ? join('runs', 'paper', config.right.name) : named;
      const running = await startShown(backend, threads)();
      if (E.isLeft(running)) return running;
      const where: Where = {
        path,
        backend,
        threads: running.right.threads,
        workers: workers === 'auto' ? undefined : workers,
        data,
        out,
        progress: Report.progressOn(process.stderr),
      };
      const opened = await openRun(out, config.right, { backend, threads: running.right.threads }, resume)();
      if (E.isLeft(opened)) return opened;
      try {
        return await attemptTask(async () => {
          orThrow(await runIn(config.right, where));
        })();
      } finally {
        opened.right();
      }
    },
);
