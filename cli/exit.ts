/** How a command ends: a code by the kind of failure, and one line. */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../src';

/** The codes that `proxprop` ends with. */
export const EXIT = {
  fine: 0,
  /** A run that failed: a backend that does not start, a package that is missing, a folder that cannot be written. */
  failed: 1,
  /** A command line or a configuration that is not understood. */
  usage: 2,
  /** Data that is missing, malformed or cannot be downloaded. */
  data: 3,
  /** A law that is violated. */
  laws: 4,
  /** A defect of the library: to be reported. */
  defect: 70,
  /** Ctrl-C, as shells count it: 128 + 2. */
  interrupted: 130,
} as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What went wrong, and the code for it. */
export interface Failure {
  readonly code: ExitCode;
  readonly error: ProxpropError;
}

/** What a command does. */
export type Command = TE.TaskEither<Failure, void>;

/**
 * A stage of a command: its failures end with this code, or one that depends on them; those of options with `usage` whatever the
 * stage.
 */
export const stage =
  (code: ExitCode | ((error: ProxpropError) => ExitCode)) =>
  <A>(task: TE.TaskEither<ProxpropError, A>): TE.TaskEither<Failure, A> =>
  async () =>
    E.mapLeft((error: ProxpropError): Failure => {
      if (error._tag === 'options') return { code: EXIT.usage, error };
      return { code: typeof code === 'function' ? code(error) : code, error };
    })(await task());
