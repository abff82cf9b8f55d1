/** What the system refuses, as one line: for whatever touches files. */
import { fail, Fault } from './error';

/**
 * What a system call says went wrong: in words where there are any, else its code, such as `EACCES`; for anything else
 * that was thrown, its text.
 */
export const refusal = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return code === 'ENOENT'
    ? 'no such file'
    : code === 'EISDIR'
      ? 'a folder'
      : code === ''
        ? String(thrown)
        : code;
};

/**
 * Run `f` on a file. Throws: what the disk refuses, as a `Fault` `file` at `path`.
 *
 * @example const text = await onDisk(path, 'a file that can be read', () => readFile(path, 'utf8'));
 */
export const onDisk = async <A>(path: string, expected: string, f: () => Promise<A>): Promise<A> => {
  try {
    return await f();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    return fail('file', path, expected, refusal(thrown));
  }
};
