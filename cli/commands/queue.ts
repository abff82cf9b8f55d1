/** `proxprop queue status|pause|resume|drain`: what anyone may ask of a queue. */
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { error, type ProxpropError, Report } from '../../src';
import {
  clear,
  drain,
  type QueueLink,
  pause,
  type QueueName,
  type QueueStatus,
  resume,
  standings,
  statuses,
  type Store,
} from '../../src/queue';
import { type Command, EXIT, stage } from '../exit';
import { flags } from '../parsers';
import { onQueue } from '../queued';
import { printJson } from '../show';

interface Options {
  readonly queue?: string;
  readonly store: string;
  readonly json?: true;
  readonly all?: true;
}

/** What is done, and what is said of it. */
type Act = (link: QueueLink, store: Store) => TE.TaskEither<ProxpropError, void>;

const asked = ({ queue, store }: Options, act: Act): Command =>
  queue === undefined
    ? stage(EXIT.usage)(TE.left(error('options', '--queue', 'redis://HOST', 'nothing')))
    : onQueue(queue, store, (link, place) => stage(EXIT.failed)(act(link, place)));

const shown = ({ version, backend }: QueueName): string => `proxprop ${version} on ${backend}`;

const showStatus = (found: readonly QueueStatus[]): void => {
  if (found.length === 0) {
    console.log('no queues');
    return;
  }
  console.log(
    Report.table(
      ['queue', 'waiting', 'running', 'ended', 'failed', 'workers', ''],
      found.map((one) => [
        shown(one),
        ...[one.waiting, one.active, one.completed, one.failed, one.workers].map(String),
        one.paused ? 'paused' : '',
      ]),
    ),
  );
  for (const { ended, failures } of found) {
    if (ended.length > 0) console.log(`\n${standings(ended)}`);
    for (const [name, why] of failures) console.log(`${name}: ${why}`);
  }
};

export const status = (options: Options): Command =>
  asked(options, (link) =>
    pipe(
      statuses(link),
      TE.map((found) => {
        if (options.json === true) printJson(found);
        else showStatus(found);
      }),
    ),
  );

/** An act on all queues, and the word for what was done. */
const onAll =
  (
    word: string,
    act: (link: QueueLink, store: Store) => TE.TaskEither<ProxpropError, readonly QueueName[]>,
  ) =>
  (options: Options): Command =>
    asked(options, (link, store) =>
      pipe(
        act(link, store),
        TE.map((names) => {
          console.log(names.length === 0 ? 'no queues' : `${word}: ${names.map(shown).join(', ')}`);
        }),
      ),
    );

export const pauseQueue = onAll('paused', pause);
export const resumeQueue = onAll('resumed', resume);
export const drainQueue = (options: Options): Command =>
  options.all === true ? onAll('cleared', clear)(options) : onAll('drained', drain)(options);

const acts = {
  status: 'show what waits, runs and has ended, and the best cells',
  pause: 'let no further cell begin',
  resume: 'let cells begin again',
  drain: 'take out the cells that wait',
} as const;

export const queueActs = Object.keys(acts);

export const queueProgram = (): Program => {
  const queue = new Program('queue')
    .summary('look at a queue, or stop it')
    .description('Look at the queues of a server, let them rest, or empty them.');
  for (const [name, summary] of Object.entries(acts)) {
    const act = new Program(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`)
      .addOption(flags.queue())
      .addOption(flags.store())
      .addOption(flags.trace());
    if (name === 'status') act.addOption(flags.json());
    if (name === 'drain')
      act.option('--all', 'remove all: cells, results, checkpoints and data, also of the store');
    queue.addCommand(act);
  }
  return queue.addHelpText(
    'after',
    `
Examples:
  $ proxprop queue status --queue redis://head
  $ proxprop queue drain --queue redis://head --all`,
  );
};
