/**
 * The configurations of the comparisons with rivals, from one table:
 *
 *     npx ts-node examples/paper/rivals.ts
 *
 * Writes rivals/NAME.json, in the size for two cores, and rivals/NAME.full.json. Every method has as many settings to choose from as any
 * other, drawn at random, and is chosen on training examples that are held out, with early stopping. Weight decay is among what all but L-BFGS draw.
 */
import { join } from 'node:path';
import { attemptTask, orThrow, Report } from '../../src';
import { options, runExample } from '../support/cli';
import { configurations } from './support/rivals';

runExample(
  {
    name: 'rivals',
    description: 'Write the configurations of the comparisons with rivals.',
    options: { out: options.text('dir', 'folder for them (default: rivals beside this file)') },
  },
  ({ out: named }) =>
    attemptTask(async () => {
      const out = named === '' ? join(__dirname, 'rivals') : named;
      const files = Object.fromEntries(
        Object.entries(configurations()).map(([name, config]) => [
          `${name}.json`,
          `${JSON.stringify(config, null, 2)}\n`,
        ]),
      );
      orThrow(await Report.writeFiles(out, files)());
      console.log(`wrote ${Object.keys(files).length} configurations to ${out}`);
    }),
);
