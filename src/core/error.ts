/**
 * Failures that a caller can meet, as values.
 *
 * Every failure names the path to the fault, what was expected there and what was found; `describe` puts it
 * into one readable line. Public functions return `Either<ProxpropError, A>`. Inside the library, and inside
 * functions under differentiation (which cannot return an `Either`), a failure travels as a thrown `Fault`;
 * `attempt` turns it back into a value at the boundary.
 */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';

/** What kind of thing went wrong. */
export type ErrorTag =
  | 'shape'
  | 'layer'
  | 'data'
  | 'options'
  | 'backend'
  | 'gradient'
  | 'solver'
  | 'schedule'
  | 'loss'
  | 'memory'
  | 'file';

/** One failure: `tag error at path: expected …, found …`. */
export interface ProxpropError {
  readonly _tag: ErrorTag;
  /** Where: a file, an option, a layer, a block … */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

export const error = (_tag: ErrorTag, path: string, expected: string, found: string): ProxpropError => ({
  _tag,
  path,
  expected,
  found,
});

/**
 * The one line that a user reads.
 *
 * @example describe(error('options', '--epochs', 'a whole number of at least 1', '2.5'))
 * // 'options error at --epochs: expected a whole number of at least 1, found 2.5'
 */
export const describe = (e: ProxpropError): string =>
  `${e._tag} error at ${e.path}: expected ${e.expected}, found ${e.found}`.replace(/\s+/g, ' ');

/** Carries a `ProxpropError` through code that cannot return one. Never leaves the public functions. */
export class Fault extends Error {
  constructor(
    readonly error: ProxpropError,
    /** What was thrown first, where this explains it. */
    cause?: Error,
  ) {
    super(describe(error), cause === undefined ? {} : { cause });
    this.name = 'Fault';
  }
  /** By its name and content: another copy of the library, whose kernels run, throws one of its own class. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return thrown instanceof Error && thrown.name === 'Fault' && 'error' in thrown;
  }
}

/** Raise a failure; to be caught by the nearest `attempt`. */
export const fail = (tag: ErrorTag, path: string, expected: string, found: string): never => {
  throw new Fault(error(tag, path, expected, found));
};

/** Run `f`; a `Fault` becomes a left value. Anything else that is thrown is a defect, and is thrown on. */
export const attempt = <A>(f: () => A): E.Either<ProxpropError, A> => {
  try {
    return E.right(f());
  } catch (thrown) {
    if (thrown instanceof Fault) return E.left(thrown.error);
    throw thrown;
  }
};

/** The same for what takes its time. */
export const attemptTask =
  <A>(f: () => Promise<A>): TE.TaskEither<ProxpropError, A> =>
  async () => {
    try {
      return E.right(await f());
    } catch (thrown) {
      if (thrown instanceof Fault) return E.left(thrown.error);
      throw thrown;
    }
  };

/** The value, or the failure thrown: for code that itself runs inside an `attempt`. */
export const orThrow = <A>(result: E.Either<ProxpropError, A>): A => {
  if (E.isLeft(result)) throw new Fault(result.left);
  return result.right;
};
