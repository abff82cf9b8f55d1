/**
 * The page of findings, from the folders of the runs of rivals/*.json:
 *
 *     npx ts-node examples/paper/findings.ts runs/rivals
 *
 * Writes findings/README.md beside this file, the pictures that it shows, and comparisons.json, which is what came out of each
 * run. What is in comparisons.json already stays on the page, unless a folder has a later run of that name.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { attemptTask, fail, orThrow, Report } from '../../src';
import { finishedIn, jsonIn } from '../../src/experiment';
import { onDisk } from '../../src/internal';
import { options, runExample } from '../support/cli';
import { type Comparison, comparisonOf, Comparisons, withLater } from './support/comparison';
import { addedTo, findingsPage, PICTURES, type Shown } from './support/findingsPage';
import { madeBy } from './support/made';

const COMPARISONS = 'comparisons.json';

/** What came out of earlier runs; nothing where there is no page yet. */
const earlierIn = async (out: string): Promise<readonly Comparison[]> => {
  const path = join(out, COMPARISONS);
  if (!existsSync(path)) return [];
  const decoded = Comparisons.decode(await jsonIn(path));
  if (E.isRight(decoded)) return decoded.right;
  const { path: at, expected, found } = Report.firstFault(decoded.left);
  return fail('data', `${path}: ${at}`, expected, found);
};

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
        made.push(comparisonOf(finished, await madeBy(join(runs, folder), configuration)));
      }
      const comparisons = withLater(await earlierIn(out), made);
      const files: { [name: string]: string | Uint8Array } = {};
      const shown: Shown[] = [];
      for (const picture of PICTURES) {
        const { run, file } = picture;
        const path = join(runs, run, file);
        // A run that joins another has pictures of a few methods alone.
        if (folders.includes(run) && addedTo(comparisons, run).length === 0)
          files[file] = await onDisk(path, 'a file that can be read', () => readFile(path));
        else if (!existsSync(join(out, file))) continue;
        shown.push(picture);
      }
      files[COMPARISONS] = `${JSON.stringify(comparisons, null, 2)}\n`;
      files['README.md'] = findingsPage(comparisons, shown);
      orThrow(await Report.writeFiles(out, files)());
      console.log(
        `wrote README.md, ${COMPARISONS} and pictures to ${out}, from ${made.length} runs and ${comparisons.length - made.length} earlier ones`,
      );
    }),
);
