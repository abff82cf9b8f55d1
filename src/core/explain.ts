/** Errors that tfjs or a function of the user's throws, as one line with a path and a remedy. */
import type * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attempt, attemptTask, type ErrorTag, error, fail, Fault, type ProxpropError, within } from './error';
import { notStarted } from './started';

interface Symptom {
  readonly pattern: RegExp;
  readonly tag: ErrorTag;
  readonly expected: (match: RegExpExecArray) => string;
  readonly found: (match: RegExpExecArray) => string;
}

/** Texts that tfjs and Node give; the tests provoke each. */
const symptoms: readonly Symptom[] = [
  {
    // The second is what the engine says when it looks for the data of a tensor that was freed.
    pattern: /Tensor is disposed|of undefined \(reading 'backend'\)/,
    tag: 'memory',
    expected: () => 'tensors that are alive (make constants inside the function, or hold them as numbers)',
    found: () => 'one that was freed at the end of its scope',
  },
  {
    pattern: /(\w+)\.(\w+) is not a function/,
    tag: 'layer',
    expected: ([, , name = '']) => `ops as functions: ${name}(…), imported from @tensorflow/tfjs-core`,
    found: ([, object = '', name = '']) => `the method ${object}.${name}(…), which is not loaded`,
  },
  {
    pattern: /Kernel '(\w+)' not registered for backend '(\w+)'/,
    tag: 'backend',
    expected: ([, , backend = '']) => `ops that the backend ${backend} has`,
    found: ([, kernel = '']) => `${kernel}, which it has not`,
  },
];

/**
 * Puts a thrown value into words: the message of an error, or else a description of the value. It
 * never throws.
 */
export const shownThrown = (thrown: unknown): string => {
  try {
    if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
    if (typeof thrown === 'string') return `the thrown text ${JSON.stringify(thrown)}`;
    if (typeof thrown !== 'object' || thrown === null) return `${String(thrown)}, which was thrown`;
    return `a thrown object ${JSON.stringify(thrown)}`;
  } catch {
    return 'something thrown that cannot be shown';
  }
};

/**
 * Makes a `Fault` of a thrown value; a `Fault` passes unchanged. The error keeps the thrown value
 * as its cause. `tag` is the tag of an error that no known symptom explains.
 */
export const explained = (path: string, thrown: unknown, tag: ErrorTag = 'layer'): Fault => {
  if (thrown instanceof Fault) return thrown;
  const idle = notStarted();
  if (idle !== undefined) return new Fault({ ...idle, cause: thrown });
  const found = shownThrown(thrown);
  for (const { pattern, tag: known, expected, found: shown } of symptoms) {
    const match = thrown instanceof Error ? pattern.exec(found) : null;
    if (match !== null)
      return new Fault({ ...error(known, path, expected(match), shown(match)), cause: thrown });
  }
  return new Fault({ ...error(tag, path, 'a function that runs on its inputs', found), cause: thrown });
};

/** Run a function of the user's; whatever it throws becomes a `Fault` at `path`. */
export const explaining = <A>(path: string, f: () => A, tag?: ErrorTag): A => {
  try {
    return f();
  } catch (thrown) {
    throw explained(path, thrown, tag);
  }
};

/**
 * Runs code inside a place: whatever it throws becomes a `Fault` whose path begins with the place.
 */
export const inside = <A>(place: string, f: () => A, tag?: ErrorTag): A => {
  try {
    return f();
  } catch (thrown) {
    throw new Fault(within(place, explained('', thrown, tag).error));
  }
};

/**
 * Passes the result of a function of the user's, unless it is a promise. For a promise it throws a
 * `Fault`, and ignores how the promise ends, so that a rejection does not end the process.
 */
export const atOnce = <A>(path: string, value: A, tag: ErrorTag): A => {
  if (!(value instanceof Promise)) return value;
  value.catch(() => undefined);
  return fail(tag, path, 'a result at once, by a synchronous function', 'a promise');
};

/**
 * Does what `attempt` does, for code that calls functions of the user's: whatever they throw
 * becomes a `Left`, at `path` if the error has no path of its own.
 */
export const attemptAll = <A>(path: string, f: () => A, tag?: ErrorTag): E.Either<ProxpropError, A> =>
  attempt(() => explaining(path, f, tag));

/** The same for what takes its time. */
export const attemptAllTask = <A>(
  path: string,
  f: () => Promise<A>,
  tag?: ErrorTag,
): TE.TaskEither<ProxpropError, A> =>
  attemptTask(async () => {
    try {
      return await f();
    } catch (thrown) {
      throw explained(path, thrown, tag);
    }
  });
