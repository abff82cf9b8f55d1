/** What tfjs, or a user's own function, throws: put into one line with a path and with what to do. */
import { type ErrorTag, error, Fault } from './error';
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

/** A `Fault` in place of any other error; what is no error, and a `Fault`, as it is. */
export const explained = (path: string, thrown: unknown): unknown => {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return thrown;
  const idle = notStarted();
  if (idle !== undefined) return new Fault(idle, thrown);
  for (const { pattern, tag, expected, found } of symptoms) {
    const match = pattern.exec(thrown.message);
    if (match !== null) return new Fault(error(tag, path, expected(match), found(match)), thrown);
  }
  return new Fault(error('layer', path, 'a function that runs on its inputs', thrown.message), thrown);
};

/** Run a function of the user's; whatever it throws becomes a `Fault` at `path`. */
export const explaining = <A>(path: string, f: () => A): A => {
  try {
    return f();
  } catch (thrown) {
    throw explained(path, thrown);
  }
};
