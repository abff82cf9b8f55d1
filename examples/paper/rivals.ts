/**
 * The configurations of the comparisons with rivals, from one table:
 *
 *     npx ts-node examples/paper/rivals.ts
 *     npx ts-node examples/paper/rivals.ts --only Shampoo --out examples/paper/shampoo
 *
 * Writes rivals/NAME.json, in the size for two cores, and rivals/NAME.full.json. Every method has as many settings to choose from as any
 * other, drawn at random, and is chosen on training examples that are held out, with early stopping. Weight decay is among what all but L-BFGS draw.
 * With --only, each comparison has nothing but the methods whose names start so: findings.ts puts what comes out of it beside the
 * methods that have run already.
 */
import { join } from 'node:path';
import { attemptTask, fail, orThrow, Report } from '../../src';
import { options, runExample } from '../support/cli';
import { configurations, onlyOf } from './support/rivals';

runExample(
  {
    name: 'rivals',
    description: 'Write the configurations of the comparisons with rivals.',
    options: {
      out: options.text('dir', 'folder for them (default: rivals beside this file)'),
      only: options.text('method', 'only methods whose names start so (default: all)'),
    },
  },
  ({ out: named, only }) =>
    attemptTask(async () => {
      if (only !== '' && named === '') fail('options', '--out', 'a folder of its own for --only', 'none');
      const out = named === '' ? join(__dirname, 'rivals') : named;
      const all = only === '' ? configurations() : onlyOf(only, configurations());
      const files = Object.fromEntries(
        Object.entries(all).map(([name, config]) => [`${name}.json`, `${JSON.stringify(config, null, 2)}\n`]),
      );
      orThrow(await Report.writeFiles(out, files)());
      console.log(`wrote ${Object.keys(files).length} configurations to ${out}`);
    }),
);
