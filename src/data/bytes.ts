/** Files of data as bytes: read whole, unpacked where they are gzipped, with failures as values. */
import { constants, gunzipSync } from 'node:zlib';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, codeOf, fail, type ProxpropError, short } from '../core';
import { allocated, readWhole } from '../disk';

const GZIP = [0x1f, 0x8b] as const;

/** What a gzipped file may become: the largest of the official sets has a sixth of it. */
const MOST = 2 ** 30;

const isGzip = (content: Uint8Array): boolean => content[0] === GZIP[0] && content[1] === GZIP[1];

/**
 * Unpacks bytes that begin as a gzip file does, and gives all others unchanged. It throws a `data`
 * `Fault` if the file is broken, or would become more than `most` bytes: a small file can become
 * one that fills the memory.
 */
export const unpacked = (path: string, content: Uint8Array, most = MOST): Uint8Array => {
  if (!isGzip(content)) return content;
  try {
    // Zero would stand for no bound.
    return gunzipSync(content, { maxOutputLength: Math.max(1, most) });
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE')
      return fail('data', path, `at most ${most} bytes once unpacked`, 'more');
    return fail(
      'data',
      path,
      'a whole gzip file',
      thrown instanceof Error ? short(thrown.message) : 'a broken one',
    );
  }
};

/** Enough of a packed file for the first hundreds of its bytes. */
const START = 4096;

/**
 * The first bytes of a file, unpacked if it is gzipped, and at most a few megabytes. It throws
 * nothing for a broken file.
 */
export const firstBytes = (content: Uint8Array): Uint8Array => {
  if (!isGzip(content)) return content.subarray(0, START);
  try {
    // What is cut off is not missed: only what comes first is wanted.
    return gunzipSync(content.subarray(0, START), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
};

/**
 * Reads all bytes of a file, as they are stored. It fails with `file` if the file cannot be read,
 * and with `memory` if it is too large.
 */
export const readBytes = (path: string): TE.TaskEither<ProxpropError, Uint8Array> =>
  attemptTask(() => readWhole(path));

/** Bytes that are to be filled in. Throws a `Fault` `memory` where there is no room for so many. */
export const emptyBytes = (path: string, count: number): Uint8Array => new Uint8Array(allocated(path, count));

/**
 * Makes an array of numbers to be filled in. It throws a `memory` `Fault` if there is no room for
 * so many.
 */
export const floats = (path: string, count: number): Float32Array =>
  new Float32Array(allocated(path, count * Float32Array.BYTES_PER_ELEMENT));
