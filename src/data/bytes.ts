/** Files of data as bytes: read whole, unpacked where they are gzipped, with failures as values. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, fail, Fault, type ProxpropError } from '../core';

const GZIP = [0x1f, 0x8b] as const;

/** What a system call says went wrong, in words where there are any. */
export const reason = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return code === 'ENOENT'
    ? 'no such file'
    : code === 'EISDIR'
      ? 'a folder'
      : code === ''
        ? String(thrown)
        : code;
};

/** Run `f` on a file; what the disk refuses becomes a `Fault` `file` at `path`. */
export const onDisk = async <A>(path: string, expected: string, f: () => Promise<A>): Promise<A> => {
  try {
    return await f();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    return fail('file', path, expected, reason(thrown));
  }
};

/** The bytes, unpacked if they begin as a gzip file does. Throws a `Fault` `data` where that is broken. */
export const unpacked = (path: string, content: Uint8Array): Uint8Array => {
  if (content[0] !== GZIP[0] || content[1] !== GZIP[1]) return content;
  try {
    return gunzipSync(content);
  } catch (thrown) {
    return fail('data', path, 'a whole gzip file', thrown instanceof Error ? thrown.message : 'a broken one');
  }
};

/** All bytes of a file, as they are stored. Left: `file` when it cannot be read. */
export const readBytes =
  (path: string): TE.TaskEither<ProxpropError, Uint8Array> =>
  async () => {
    try {
      return E.right(await readFile(path));
    } catch (thrown) {
      return E.left(error('file', path, 'a file that can be read', reason(thrown)));
    }
  };
