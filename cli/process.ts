/** A process that ends in one line at most, whatever happens to it. */
import { describe, error, oneLine, type ProxpropError, shortened, shownThrown, trace } from '../src';
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
export const told = (e: ProxpropError): string => {
  const stacks = traced() ? trace(e) : '';
  return stacks === '' ? describe(e) : `${describe(e)}\n${stacks}`;
};

/** What was thrown and is no failure that a caller can meet. */
export const defect = (thrown: unknown): void => {
  const e = { ...error('options', 'defect', '', ''), cause: thrown };
  const line = `internal error: ${shortened(oneLine(shownThrown(thrown)), LONGEST_DEFECT)}; please report it`;
  stop(EXIT.defect, traced() ? `${line}\n${trace(e)}` : line);
};

/** Whatever happens to the process's own streams and to code outside of `main` ends in one line at most. */
export const guardProcess = (): void => {
  process.stdout.on('error', (e: NodeJS.ErrnoException) => {
    // A reader that closes early, such as `head`, ends the run quietly.
    if (e.code === 'EPIPE') process.exit(0);
    stop(EXIT.failed, describe(error('file', 'stdout', 'a place that can be written', e.code ?? e.message)));
    process.exit();
  });
  // Nobody reads the messages any more, so none can be told of it; the exit code still speaks.
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (thrown) => {
    defect(thrown);
    process.exit();
  });
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
