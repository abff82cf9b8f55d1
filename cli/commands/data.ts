/** `proxprop data get NAME`: a dataset from where it is published. */
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { error, obtainFrom, type ProxpropError, Report } from '../../src';
import { builtIn, nearest } from '../../src/experiment';
import { type Command, EXIT, stage } from '../exit';
import { flags } from '../parsers';
import { interruptible } from '../process';
import { printJson } from '../show';

interface Options {
  readonly out?: string;
  readonly json?: true;
}

/** Those that are published somewhere. */
const names = builtIn.datasets.flatMap(({ name, source }) => (source === undefined ? [] : [name]));

/** What cannot be downloaded is missing data; the rest is the disk, or a package. */
const codeFor = ({ _tag, path }: ProxpropError) =>
  _tag === 'data' || path.startsWith('http') ? EXIT.data : EXIT.failed;

export const dataGet = (name: string, { out = 'data', json }: Options): Command => {
  const source = builtIn.datasets.find((entry) => entry.name === name)?.source;
  if (source === undefined)
    return pipe(TE.left(error('options', 'NAME', `one of ${nearest(name, names)}`, name)), stage(EXIT.usage));
  const progress = Report.progressOn(process.stderr);
  const signal = interruptible();
  let begun = false;
  return pipe(
    obtainFrom(source, out, {
      signal,
      progress: (received, bytes) => {
        if (!begun) progress.start(name, bytes ?? received);
        begun = true;
        progress.tick(received, `${(received / 1e6).toFixed(1)} MB`);
      },
    }),
    stage(codeFor),
    TE.mapLeft((failure) => (signal.aborted ? { ...failure, code: EXIT.interrupted } : failure)),
    TE.map((folder) => {
      if (begun) progress.stop(`${name}: downloaded`);
      if (json === true) printJson({ name, folder });
      else console.log(folder);
    }),
  );
};

export const dataProgram = (): Program =>
  new Program('data')
    .summary('bring datasets')
    .description('Bring datasets from where they are published.')
    .addCommand(
      new Program('get')
        .summary('download a dataset, as far as it is missing')
        .description(
          `Bring a dataset, as far as it is missing, check its files, and print the folder that they lie in.`,
        )
        .argument('<name>', `one of ${names.join(', ')}`)
        .addOption(flags.out('folder that it goes into (default: data)'))
        .addOption(flags.json())
        .addOption(flags.trace())
        .addHelpText(
          'after',
          `
A download that broke off continues where it ended. CIFAR-10 and CIFAR-100 are 170 MB
each, and need the package tar.

Examples:
  $ proxprop data get fashion-mnist
  $ proxprop data get cifar-10 --out ~/datasets`,
        ),
    );
