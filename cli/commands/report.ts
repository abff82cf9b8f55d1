/** `proxprop report FOLDER`: the report of a run, made again from what lies in its folder. */
import { join } from 'node:path';
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../../src';
import { CONFIG, readExperiment, reportAgain } from '../../src/experiment';
import { type Command, EXIT, stage } from '../exit';
import { flags, path } from '../parsers';
import { madeJson, printJson, showMade } from '../show';

interface Options {
  readonly data?: string;
  readonly json?: true;
}

/** Files of the run that say something else than what a run writes are malformed data. */
const codeFor = ({ _tag }: ProxpropError) => (_tag === 'data' ? EXIT.data : EXIT.failed);

export const report = (folder: string, options: Options): Command =>
  pipe(
    readExperiment(join(folder, CONFIG)),
    // A folder without a configuration is a wrong argument.
    stage(EXIT.usage),
    TE.chain(() => stage(codeFor)(reportAgain(folder, options.data))),
    TE.map((made) => {
      if (options.json === true) {
        printJson(madeJson(made, folder));
        return;
      }
      showMade(made);
      console.log(
        `\nwrote report.html, report.md, ${Object.keys(made.files).join(', ')} and plots to ${folder}`,
      );
    }),
  );

export const reportProgram = (): Program =>
  new Program('report')
    .summary('make the report of a run again, without training')
    .description('Make report.html, report.md, metrics.csv, summary.json and the plots of a run again.')
    .argument('<folder>', 'folder of a run that has ended', path('FOLDER', 'a folder'))
    .addOption(flags.data())
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
Nothing is trained. The data is read only for runs of version 0.1, which kept no facts of it.
Needs the packages vega, vega-lite, vega-embed, @resvg/resvg-wasm and dejavu-fonts-ttf.

Examples:
  $ proxprop report runs/quick
  $ proxprop report runs/quick --json | jq '.tables[0].rows'`,
    );
