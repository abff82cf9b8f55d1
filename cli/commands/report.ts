/** `proxprop report FOLDER`: the report of a run, made again from what lies in its folder. */
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { reportAgain } from '../../src/experiment';
import { type Command, EXIT, stage } from '../exit';
import { flags } from '../parsers';
import { madeJson, printJson, showMade } from '../show';

interface Options {
  readonly data?: string;
  readonly json?: true;
}

export const report = (folder: string, options: Options): Command =>
  pipe(
    reportAgain(folder, options.data),
    stage(EXIT.failed),
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
    .argument('<folder>', 'folder of a run that has ended')
    .addOption(flags.data())
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
Nothing is trained. The data is read only for runs of version 0.1, which kept no facts of it.

Examples:
  $ proxprop report runs/quick
  $ proxprop report runs/quick --json | jq '.tables[0].rows'`,
    );
