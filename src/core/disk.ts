/** What the system refuses, as one line: for whatever touches files. */
import { fail, Fault } from './error';

/** Words for what a system call may say; the code stays where others know it by that. */
const words: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EISDIR', 'a folder'],
  ['ELOOP', 'links that lead in a circle'],
  ['ENAMETOOLONG', 'a name that is too long for the disk'],
  ['ENOSPC', 'ENOSPC, no room left on the disk'],
  ['EDQUOT', 'EDQUOT, no room left in the quota'],
  ['EIO', 'EIO, an error of the disk itself'],
  ['EROFS', 'EROFS, a disk that can only be read'],
  ['ERR_INVALID_ARG_VALUE', 'a name with a NUL character'],
]);

/** The code of what a system call threw, such as `EACCES`; empty for anything else. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';

/**
 * Says why a system call failed: in words if there are any, or else by its code. For any other
 * thrown value it gives the text.
 */
export const refusal = (thrown: unknown): string => {
  const code = codeOf(thrown);
  return code === '' ? String(thrown) : (words.get(code) ?? code);
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
