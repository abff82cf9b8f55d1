/**
 * The page of all experiments, from the folders of their runs:
 *
 *     npx ts-node examples/paper/results.ts runs/paper
 *
 * Writes results/README.md beside this file, and the pictures that it shows. An experiment without a folder there keeps its
 * section.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { attemptTask, fail, orThrow, Report } from '../../src';
import { onDisk } from '../../src/internal';
import { options, runExample } from '../support/cli';
import { textOf } from '../../src/experiment';
import { ENDED, madeBy } from './support/made';
import { resultsPage, sectionsIn } from './support/resultsPage';

/** In the order of the page. */
const EXPERIMENTS = [
  'limits',
  'robustness',
  'safe',
  'cifar-mlp',
  'cifar-convnet',
  'usps-autoencoder',
  'related-methods',
] as const;

/** A finished run: its report, and with what it was made. */
const sectionOf = async (runs: string, name: string): Promise<string> => {
  const report = await textOf(join(runs, name, 'report.md'), ENDED);
  return `<a id="${name}"></a>\n\n${report.trim()}\n\n${await madeBy(join(runs, name), name)}`;
};

const picturesIn = (folder: string): Promise<readonly string[]> =>
  onDisk(folder, 'a folder that can be read', async () =>
    (await readdir(folder)).filter((file) => file.endsWith('.png')).map((file) => join(folder, file)),
  );

runExample(
  {
    name: 'results',
    description: 'Make the page of all experiments from the folders of their runs.',
    argument: { name: 'runs', fallback: join('runs', 'paper'), help: 'folder of the runs' },
    options: { out: options.text('dir', 'folder for the page (default: results beside this file)') },
  },
  ({ out: named }, runs) =>
    attemptTask(async () => {
      const out = named === '' ? join(__dirname, 'results') : named;
      if (!EXPERIMENTS.some((name) => existsSync(join(runs, name))))
        fail('file', runs, `folders of runs that have ended: ${EXPERIMENTS.join(', ')}`, 'none');
      const path = join(out, 'README.md');
      const earlier = sectionsIn(existsSync(path) ? await textOf(path) : '');
      const made = EXPERIMENTS.filter((name) => existsSync(join(runs, name)) || !earlier.has(name));
      const sections = new Map(earlier);
      const files: { [name: string]: string | Uint8Array } = {};
      for (const name of made) {
        sections.set(name, await sectionOf(runs, name));
        for (const picture of await picturesIn(join(runs, name)))
          files[basename(picture)] = await onDisk(picture, 'a file that can be read', () =>
            readFile(picture),
          );
      }
      const page = resultsPage(EXPERIMENTS, sections);
      orThrow(await Report.writeFiles(out, { ...files, 'README.md': page })());
      // Pictures of former runs, under other names, would stay for ever.
      for (const old of await picturesIn(out))
        if (!page.includes(`(${basename(old)})`))
          await onDisk(old, 'a file that can be removed', () => rm(old));
      console.log(
        `wrote README.md and pictures to ${out}, from ${made.length} of ${EXPERIMENTS.length} runs`,
      );
    }),
);
