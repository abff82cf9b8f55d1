/** The command line as a whole: its commands, and one line for each way to get it wrong. */
import { Command as Program, type CommanderError } from 'commander';
import * as E from 'fp-ts/Either';
import { error, Fault, type ProxpropError } from '../src';
import { nearest, version } from '../src/experiment';
import { dataGet, dataProgram } from './commands/data';
import { demo, demoProgram } from './commands/demo';
import { info, infoProgram } from './commands/info';
import { laws, lawsProgram } from './commands/laws';
import { drainQueue, pauseQueue, queueProgram, resumeQueue, status } from './commands/queue';
import { report, reportProgram } from './commands/report';
import { run, runProgram } from './commands/run';
import { worker, workerProgram } from './commands/worker';
import { type Command } from './exit';

/** A command that has been asked for; nothing where help or the version was, which has been printed. */
export type Asked = Command | undefined;

/** Of its name behind `proxprop`: `proxprop data get`. */
const fullName = (program: Program): string =>
  program.parent === null ? program.name() : `${fullName(program.parent)} ${program.name()}`;

const longFlags = ({ options }: Program): readonly string[] => [
  ...options.flatMap(({ long }) => (long === undefined ? [] : [long])),
  '--help',
];

/** What a command line that is not understood has instead. */
const usage = (program: Program, thrown: CommanderError): ProxpropError => {
  const quoted = /'([^']*)'/.exec(thrown.message)?.[1] ?? '';
  const [word = ''] = quoted.split(' ');
  const commands = program.commands.map((command) => command.name());
  const help = `what ${fullName(program)} --help shows`;
  switch (thrown.code) {
    case 'commander.unknownOption':
      return error('options', word, `one of ${nearest(word, longFlags(program))}`, 'another option');
    case 'commander.optionMissingArgument':
      return error('options', word, 'a value', 'nothing');
    case 'commander.missingArgument':
      return error('options', word.toUpperCase(), help, 'nothing');
    case 'commander.unknownCommand':
      return error('options', fullName(program), `one of ${nearest(quoted, commands)}`, quoted);
    case 'commander.help':
      return error('options', fullName(program), `one of ${commands.join(', ')}`, 'nothing');
    default:
      return error('options', fullName(program), help, thrown.message.replace(/^error: /, ''));
  }
};

/** A misunderstanding, with the command that it is one of. */
class Misunderstood extends Error {
  constructor(
    readonly program: Program,
    readonly thrown: CommanderError,
  ) {
    super(thrown.message);
  }
}

const SHOWN = ['commander.helpDisplayed', 'commander.version'];

/**
 * Read a command line, the words behind `proxprop`: what is asked for. Left, tag `options`: the first thing in it that is not
 * understood. Runs nothing.
 */
export const parseCommand = (
  words: readonly string[],
  print: (text: string) => void,
): E.Either<ProxpropError, Asked> => {
  let asked: Asked;
  const root = new Program('proxprop')
    .description(
      'Study how networks are trained: backprop, proximal backpropagation and their relatives, side by side.',
    )
    .version(version(), '--version', 'print the version')
    .addHelpText(
      'after',
      `
Exit codes: 0 fine; 1 a run that failed; 2 a command line or a configuration that is not understood; 3 data that is
missing or malformed; 4 a law that is violated; 70 a defect; 130 Ctrl-C. A failure is one line on stderr.

Examples:
  $ proxprop demo
  $ proxprop run runs/demo/demo.json --out runs/first
  $ proxprop COMMAND --help`,
    );
  const data = dataProgram();
  const queue = queueProgram();
  for (const command of [
    demoProgram().action((options: Parameters<typeof demo>[0]) => {
      asked = demo(options);
    }),
    runProgram().action((config: string, options: Parameters<typeof run>[1]) => {
      asked = run(config, options);
    }),
    workerProgram().action((options: Parameters<typeof worker>[0]) => {
      asked = worker(options);
    }),
    queue,
    reportProgram().action((folder: string, options: Parameters<typeof report>[1]) => {
      asked = report(folder, options);
    }),
    data,
    lawsProgram().action((module: string, options: Parameters<typeof laws>[1]) => {
      asked = laws(module, options);
    }),
    infoProgram().action((options: Parameters<typeof info>[0]) => {
      asked = info(options);
    }),
  ])
    root.addCommand(command);
  data.commands[0]?.action((name: string, options: Parameters<typeof dataGet>[1]) => {
    asked = dataGet(name, options);
  });
  for (const [name, act] of Object.entries({
    status,
    pause: pauseQueue,
    resume: resumeQueue,
    drain: drainQueue,
  }))
    queue.commands
      .find((command) => command.name() === name)
      ?.action((options: Parameters<typeof status>[0]) => {
        asked = act(options);
      });
  for (const program of [root, ...root.commands, ...data.commands, ...queue.commands])
    program
      .exitOverride((thrown) => {
        throw new Misunderstood(program, thrown);
      })
      .configureOutput({ writeOut: print, writeErr: () => undefined })
      .allowExcessArguments(false)
      .showSuggestionAfterError(false)
      .helpCommand(false);
  try {
    root.parse([...words], { from: 'user' });
    return E.right(asked);
  } catch (thrown) {
    if (thrown instanceof Fault) return E.left(thrown.error);
    if (!(thrown instanceof Misunderstood)) throw thrown;
    return SHOWN.includes(thrown.thrown.code)
      ? E.right(undefined)
      : E.left(usage(thrown.program, thrown.thrown));
  }
};
