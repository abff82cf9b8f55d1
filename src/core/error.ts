/**
 * Failures that a caller can meet, as values.
 *
 * Every failure names the path to the fault, what was expected there and what was found; `describe`
 * puts it into one readable line. Public functions return `Either<ProxpropError, A>`. Inside the
 * library, and inside functions under differentiation (which cannot return an `Either`), a failure
 * travels as a thrown `Fault`. `attempt` turns it back into a value at the boundary.
 */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { oneLine, shortenedTogether } from './oneLine';

/** The kind of an error. */
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
  | 'optimizer'
  | 'memory'
  | 'file';

/** An error as a value; `describe` formats it as `TAG error at PATH: expected …, found …`. */
export interface ProxpropError {
  /** The kind of the error, such as `options`, `shape` or `file`. */
  readonly _tag: ErrorTag;
  /** The place: a file, an option, a layer, a block, … */
  readonly path: string;
  /** What should be there, in words. */
  readonly expected: string;
  /** What is there instead, in words. */
  readonly found: string;
  /**
   * What was thrown, if something was, such as an error of yours with its stack. `describe` leaves
   * it out; `trace` shows it.
   */
  readonly cause?: unknown;
}

/**
 * Makes an error as a value; `describe` formats it as one line.
 *
 * @param _tag what kind of thing went wrong
 * @param path the place: a file, an option, a layer, …
 * @param expected what should be there
 * @param found what is there instead
 *
 * @example error('data', 'houses.csv:3', 'a number', 'n/a')
 */
export const error = (_tag: ErrorTag, path: string, expected: string, found: string): ProxpropError => ({
  _tag,
  path,
  expected,
  found,
});

/** A line in a terminal, or in a table, that can still be read at a glance. */
const LONGEST = 300;

/**
 * Formats an error as one line of at most 300 characters: `TAG error at PATH: expected …, found …`.
 *
 * If the path, the expectation or what was found is longer, an ellipsis replaces its middle. Line
 * breaks, control characters and escapes of terminals, which a name in a file may hold, are made
 * harmless.
 *
 * @param e the error, with path, expected and found
 *
 * @example describe(error('options', '--epochs', 'a whole number of at least 1', '2.5'))
 * // 'options error at --epochs: expected a whole number of at least 1, found 2.5'
 */
export const describe = ({ _tag, path, expected, found }: ProxpropError): string => {
  const line = (texts: readonly string[]): string => {
    const [where = '', what = '', instead = ''] = texts;
    return `${_tag} error at ${where}: expected ${what}, found ${instead}`;
  };
  const texts = [path, expected, found].map(oneLine);
  return line(shortenedTogether(texts, LONGEST - line([]).length));
};

/**
 * The exception that carries a `ProxpropError` where a function cannot return one. Constructors
 * throw it; `attempt` turns it into a value.
 */
export class Fault extends Error {
  constructor(readonly error: ProxpropError) {
    super(describe(error), error.cause === undefined ? {} : { cause: error.cause });
    this.name = 'Fault';
  }
  /**
   * Compares by name and content. Another copy of the library, whose kernels run, throws a `Fault`
   * of its own class.
   */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return thrown instanceof Error && thrown.name === 'Fault' && 'error' in thrown;
  }
}

/** Places of which there is one in a path: whoever is nearest says it. Layers lie in layers. */
const ONCE = ['epoch', 'sweep', 'link'];

/** The same failure, found at a place around its own: `within('epoch 2', e)` is at `epoch 2, …`. */
export const within = (place: string, e: ProxpropError): ProxpropError => {
  const kind = ONCE.find((word) => place.startsWith(`${word} `));
  const said = e.path === place || (kind !== undefined && e.path.startsWith(`${kind} `));
  return said ? e : { ...e, path: e.path === '' ? place : `${place}, ${e.path}` };
};

/**
 * Throws an error as a `Fault`, which the nearest `attempt` turns into a value. Use it in a layer,
 * a loss or a transform of your own, which cannot return an `Either`.
 *
 * @param tag what kind of thing went wrong
 * @param path the place
 * @param expected what should be there
 * @param found what is there instead
 *
 * @example attempt(() => (net.output.length > 0 ? 3 : fail('shape', 'net', 'an output', 'none')))
 */
export const fail = (tag: ErrorTag, path: string, expected: string, found: string): never => {
  throw new Fault(error(tag, path, expected, found));
};

/**
 * Runs `f` and returns its value; a `Fault` that it throws becomes a `Left` with the error.
 * Anything else that it throws is a defect, and is thrown on.
 *
 * @param f a function that may throw a `Fault`, such as one that makes layers
 *
 * @example attempt(() => chain(linear(4, 3), linear(3, 2)).output)
 */
export const attempt = <A>(f: () => A): E.Either<ProxpropError, A> => {
  try {
    return E.right(f());
  } catch (thrown) {
    if (thrown instanceof Fault) return E.left(thrown.error);
    throw thrown;
  }
};

/**
 * Does what `attempt` does for an asynchronous function: a `Fault` that it throws becomes a `Left`
 * of the task.
 *
 * @param f an asynchronous function that may throw a `Fault`; it starts when you call the task
 *
 * @example pipe(attemptTask(async () => 3), TE.map((found) => found + 1))
 */
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

/**
 * Unwraps an `Either`: its value, or its error thrown as a `Fault`. Use it at the top of a program,
 * or inside of `attempt`.
 *
 * @param result what a function that can fail returned
 *
 * @example orThrow(attempt(() => 1 + 2)) // 3
 */
export const orThrow = <A>(result: E.Either<ProxpropError, A>): A => {
  if (E.isLeft(result)) throw new Fault(result.left);
  return result.right;
};
