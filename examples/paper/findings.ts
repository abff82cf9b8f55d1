/**
 * The page of findings, from the folders of the runs of rivals/*.json:
 *
 *     npx ts-node examples/paper/findings.ts runs/rivals
 *
 * Writes findings/README.md beside this file, and the five pictures that it shows.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptTask, fail, orThrow, Report } from '../../src';
import { onDisk } from '../../src/internal';
import { finishedIn } from '../../src/experiment';
import { options, runExample } from '../support/cli';
import { findingsPage, type Shown } from './support/findingsPage';
import { madeBy } from './support/made';

/** The pictures of the page: the run, which of its pictures, and what it says. */
const PICTURES = [
  ['rivals-mlp', 'curves', 'A dense network: loss and accuracy over epochs and seconds.'],
  ['rivals-convnet', 'curves', 'The ConvNet of the paper.'],
  ['rivals-transformer', 'curves', 'A small causal transformer.'],
  ['rivals-depth-tanh-30', 'curves', 'Thirty plain layers of tanh.'],
  ['rivals-rate', 'curve', 'The last training loss by learning rate, all methods in one picture.'],
] as const;

runExample(
  {
    name: 'findings',
    description: 'Make the page of findings from the folders of finished runs.',
    argument: { name: 'runs', fallback: join('runs', 'rivals'), help: 'folder of the runs' },
    options: { out: options.text('dir', 'folder for the page (default: findings beside this file)') },
  },
  ({ out: named }, runs) =>
    attemptTask(async () => {
      const out = named === '' ? join(__dirname, 'findings') : named;
      const folders = await onDisk(runs, 'a folder that can be read', async () =>
        (await readdir(runs, { withFileTypes: true }))
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
          .sort(),
      );
      if (folders.length === 0) fail('file', runs, 'folders of runs that have ended', 'none');
      const made = [];
      for (const folder of folders) {
        const finished = orThrow(await finishedIn(join(runs, folder))());
        const configuration = `rivals/${finished.config.name.replace('rivals-', '')}`;
        made.push({ ...finished, madeBy: await madeBy(join(runs, folder), configuration) });
      }
      const files: { [name: string]: string | Uint8Array } = {};
      const shown: Shown[] = [];
      for (const [run, picture, caption] of PICTURES) {
        if (!folders.includes(run)) continue;
        const file = `${run}-${picture}.png`;
        const path = join(runs, run, file);
        files[file] = await onDisk(path, 'a file that can be read', () => readFile(path));
        shown.push({ file, caption });
      }
      orThrow(await Report.writeFiles(out, { ...files, 'README.md': findingsPage(made, shown) })());
      console.log(`wrote README.md and ${shown.length} pictures to ${out}, from ${made.length} runs`);
    }),
);
