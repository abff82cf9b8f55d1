/** Files of data as bytes: read whole, unpacked where they are gzipped, with failures as values. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, fail, type ProxpropError, refusal } from '../core';

const GZIP = [0x1f, 0x8b] as const;

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
      return E.left(error('file', path, 'a file that can be read', refusal(thrown)));
    }
  };
