/** A process that ends in one line at most, whatever happens to it. */
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, error, type ProxpropError, trace } from '../src';
import { oneLine, shortened, shownThrown } from '../src/internal';
import { EXIT } from './exit';

/** So that the whole line has 300 characters at most. */
const LONGEST_DEFECT = 260;

/** One line on stderr; the process ends with this code once nothing is left to do. */
export const stop = (code: number, line: string): void => {
  process.stderr.write(`${line}\n`);
  process.exitCode = code;
};

/** Whether the stacks behind a failure are shown: after `--trace`, or where the variable says so. */
const traced = (): boolean =>
  process.argv.slice(2).includes('--trace') || process.env['PROXPROP_TRACE'] === '1';

/** The line of a failure, and on request the stacks behind it. */
export const failureText = (e: ProxpropError): string => {
  const stacks = traced() ? trace(e) : '';
  return stacks === '' ? describe(e) : `${describe(e)}\n${stacks}`;
};

/** The folder of all code of ours: of the sources, or of the packed library. */
const OURS = dirname(__dirname) + sep;

/** A place in a stack: a file, by its path or its address, and a line. */
const PLACE = /^\s+at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/;

/** The place in code of a user's that threw: the first in the stack that is in no package, unless ours comes before it. */
const blamed = (thrown: unknown): string | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  for (const line of thrown.stack?.split('\n') ?? []) {
    const [, where, at = ''] = PLACE.exec(line) ?? [];
    if (where === undefined) continue;
    const file = where.startsWith('file:') ? fileURLToPath(where) : where;
    if (file.startsWith(OURS)) return undefined;
    if (!file.includes(`${sep}node_modules${sep}`)) return `${file}:${at}`;
  }
  return undefined;
};

/** What was thrown and is no failure that a caller can meet: by a module of the user's, or by a defect. */
export const defect = (thrown: unknown): void => {
  const place = blamed(thrown);
  if (place !== undefined) {
    const found = error('file', place, 'code that does not throw', shownThrown(thrown));
    stop(EXIT.failed, failureText({ ...found, cause: thrown }));
    return;
  }
  const e = { ...error('options', 'defect', '', ''), cause: thrown };
  const line = `internal error: ${shortened(oneLine(shownThrown(thrown)), LONGEST_DEFECT)}; please report it`;
  stop(EXIT.defect, traced() ? `${line}\n${trace(e)}` : line);
};

/**
 * Run what the process is for. Whatever happens to its own streams, and to code outside of `main`, ends in one line at most; so does
 * a process that ends before `main` has.
 */
export const runMain = (main: () => Promise<void>): void => {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  process.stdout.on('error', (e: NodeJS.ErrnoException) => {
    end();
    // A reader that closes early, such as `head`, ends the run quietly.
    if (e.code === 'EPIPE') process.exit(0);
    stop(EXIT.failed, describe(error('file', 'stdout', 'a place that can be written', e.code ?? e.message)));
    process.exit();
  });
  // Nobody reads the messages any more, so none can be told of it; the exit code still speaks.
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (thrown) => {
    end();
    defect(thrown);
    process.exit();
  });
  process.on('exit', (code) => {
    // After Ctrl-C the code says why.
    if (ended || code !== EXIT.fine) return;
    const found = 'an end before that: process.exit, or a promise that nothing settles';
    stop(EXIT.failed, describe(error('file', 'the process', 'a command that ends', found)));
  });
  main().catch(defect).finally(end);
};

/** A signal for what can be interrupted, which the first Ctrl-C aborts; the second ends the process at once. */
export const interruptible = (): AbortSignal => {
  const controller = new AbortController();
  // It stays: whoever else listens, such as the holder of a folder, sees that the signal is taken care of.
  const stopped = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stopped);
  return controller.signal;
};
