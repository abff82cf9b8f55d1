/**
 * The page of all experiments, from the folders of their runs:
 *
 *     npx ts-node examples/paper/results.ts runs/paper
 *
 * Writes results/README.md beside this file, and the pictures that it shows.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { attemptTask, orThrow, Report } from '../../src';
import { onDisk } from '../../src/internal';
import { options, runExample } from '../support/cli';
import { textOf } from '../../src/experiment';
import { ENDED, madeBy } from './support/made';

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

/** The title of a report, as a line that leads to it. */
const linkTo = (section: string, name: string): string =>
  `- [${/^## (.*)$/m.exec(section)?.[1] ?? name}](#${name})`;

const HEAD = `# Results of the experiments, in the size for two cores

[Findings](../../../docs/findings.md) sums up this page in a few lines. Each section below is one experiment: its question,
its tables and curves, and the command that repeats it. The configurations in \`examples/paper\` have every setting;
\`NAME.full.json\` has the size of the paper. Losses are means over all examples. Seconds count training alone: compare them
only within one table. All methods with a setting to choose had the same number of settings and of epochs for the choice.

\`examples/paper/results.ts\` wrote this page from the folders of the runs.`;

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
      const sections: string[] = [];
      const pictures: string[] = [];
      for (const name of EXPERIMENTS) {
        sections.push(await sectionOf(runs, name));
        pictures.push(...(await picturesIn(join(runs, name))));
      }
      const contents = sections.map((section, i) => linkTo(section, EXPERIMENTS[i] ?? '')).join('\n');
      const page = `${[HEAD, contents, ...sections].join('\n\n')}\n`;
      const files: { [name: string]: string | Uint8Array } = {};
      for (const picture of pictures)
        files[basename(picture)] = await onDisk(picture, 'a file that can be read', () => readFile(picture));
      orThrow(await Report.writeFiles(out, { ...files, 'README.md': page })());
      // Pictures of former runs, under other names, would stay for ever.
      for (const old of await picturesIn(out))
        if (!Object.hasOwn(files, basename(old)))
          await onDisk(old, 'a file that can be removed', () => rm(old));
      console.log(`wrote README.md and ${pictures.length} pictures to ${out}`);
    }),
);
