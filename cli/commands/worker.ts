/** `proxprop worker --queue URL`: trains cells that a run elsewhere has put into a queue. */
import { tmpdir } from 'node:os';
import { Command as Program, Option } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type Backend, error, type Threads } from '../../src';
import { work } from '../../src/queue';
import { type Command, EXIT, stage } from '../exit';
import { flags, path, parsePositive } from '../parsers';
import { interruptible } from '../process';
import { onQueue } from '../queued';
import { started } from '../show';

interface Options {
  readonly queue?: string;
  readonly store: string;
  readonly backend: Backend;
  readonly threads: Threads;
  readonly data?: string;
  readonly module: readonly string[];
  readonly scratch: string;
  readonly lock: number;
  readonly idle?: number;
}

export const worker = ({ queue, store, backend, threads, ...options }: Options): Command => {
  if (queue === undefined)
    return stage(EXIT.usage)(TE.left(error('options', '--queue', 'redis://HOST', 'nothing')));
  return onQueue(queue, store, (link, place) =>
    pipe(
      started(backend, threads),
      stage(EXIT.failed),
      TE.chain((running) => {
        const { module: modules, data, scratch, lock, idle } = options;
        const say = (line: string): void => {
          console.error(line);
        };
        say(`waiting for cells at ${link.address.shown}`);
        const own = { backend, threads: running.threads, data, modules, scratch, lock, idle, say };
        return stage(EXIT.failed)(work(link, place, { ...own, signal: interruptible() }));
      }),
      TE.map((trained) => {
        console.error(`${trained} cells trained`);
      }),
    ),
  );
};

/** An option that may be given several times. */
const gathered = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  path('--module', 'a file')(text),
];

export const workerProgram = (): Program =>
  new Program('worker')
    .summary('train cells of a queue')
    .description('Take cells of experiments from a queue, train them, and send what comes of them.')
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(flags.data())
    .addOption(
      new Option('--module <file>', 'a module of your own that cells may name; may be given again')
        .argParser(gathered)
        .default([]),
    )
    .addOption(flags.backend())
    .addOption(flags.threads())
    .addOption(
      new Option('--scratch <dir>', 'folder of this machine to train in')
        .argParser<string>(path('--scratch', 'a folder'))
        .default(tmpdir(), 'that of temporary files'),
    )
    .addOption(
      new Option('--lock <s>', 'seconds without a sign of life after which another worker takes the cell')
        .argParser<number>(parsePositive('--lock'))
        .default(30),
    )
    .addOption(
      new Option('--idle <s>', 'end after so many seconds without a cell').argParser<number>(
        parsePositive('--idle'),
      ),
    )
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
Only what this package and --module hold is run, never code from the queue. User and password of the server come from
PROXPROP_REDIS_USER and PROXPROP_REDIS_PASSWORD. Data is read from --data where it is the very same, else it comes from the
store. Ctrl-C hands the cell back. Needs the packages bullmq and ioredis, and @aws-sdk/client-s3 for s3://.

Examples:
  $ proxprop worker --queue redis://head --data ~/datasets
  $ proxprop worker --queue rediss://head --store s3://experiments/grid --threads 4 --idle 600`,
    );
