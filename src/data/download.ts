/**
 * Files from the network. A download gives a whole and correct file, or an error. The part of a
 * file that has come is kept.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { atLeast, attemptTask, fail, Fault, onDisk, type ProxpropError, whole } from '../core';
import { fileBehind, makeFolder, settle } from '../disk';
import { type Checksum, digitsOf, published } from './checksum';
import { receive, type ReceiveOptions } from './receive';

/** A published file, with its checksum. If there are two checksums, SHA-256 counts. */
export type RemoteFile = {
  /** Its name in the folder. */
  readonly name: string;
  readonly url: string;
  readonly bytes?: number;
} & Checksum;

/** Options of a download: how long it waits, and how often it tries. */
export interface DownloadOptions {
  /** The seconds without a byte after which an attempt ends. Default 30. */
  readonly stallSeconds?: number;
  /** The attempts after the first one; each continues where the one before ended. Default 3. */
  readonly retries?: number;
  /** The seconds before the first retry; they double for each further one. Default 1. */
  readonly waitSeconds?: number;
  /** Aborts the download; the bytes so far stay for the next time. */
  readonly signal?: AbortSignal;
  /** Called as bytes come, with the size of the file if it is known. */
  readonly progress?: (received: number, bytes: number | undefined) => void;
}

/** `seconds`, or until the caller ends the download: the next attempt then finds out. */
const pause = async (seconds: number, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await setTimeout(seconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    if (signal?.aborted !== true) throw thrown;
  }
};

const readable = (file: RemoteFile, path: string): Promise<string> =>
  onDisk(path, 'a file that can be read', () => digitsOf(path, published(file).algorithm));

/** The longest name that disks take, in bytes. */
const LONGEST_NAME = 255;

/** What has come of a file so far: beside it, under a name that the next call finds again. */
const partOf = (path: string): string => {
  const name = `${basename(path)}.part`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return join(dirname(path), name);
  return join(dirname(path), `${createHash('sha256').update(name).digest('hex')}.part`);
};

/** Attempts, until one brings the file or there are no more. */
const received = async (file: RemoteFile, part: string, options: DownloadOptions): Promise<void> => {
  const retries = whole('retries', options.retries ?? 3, 0);
  const waitSeconds = atLeast('waitSeconds', options.waitSeconds ?? 1, 0);
  const stallSeconds = atLeast('stallSeconds', options.stallSeconds ?? 30, 0.001);
  const attempt: ReceiveOptions = { ...options, stallSeconds };
  for (let failures = 0; ; failures++) {
    const result = await receive({ ...file, part }, attempt);
    if (E.isRight(result)) return;
    if (!result.left.passing || failures >= retries) throw new Fault(result.left.error);
    await pause(waitSeconds * 2 ** failures, options.signal);
  }
};

/**
 * Downloads a file into a folder, which it makes if it is missing, and gives the path of the file.
 * If the file is there with the right checksum, it asks the server for nothing.
 *
 * The bytes go to `NAME.part` beside it. After a broken connection, or at the next call, the
 * download continues there; the file gets its name when its size and checksum are right. Proxies
 * are not looked for.
 *
 * It fails with `file` for a status other than 200, no connection, no bytes for `stallSeconds`,
 * fewer bytes than the file has, an abort, or a place that cannot be written; with `data` for too
 * many bytes or another checksum, which also removes the part.
 *
 * @param file its `name`, `url` and checksum, and optionally its size in bytes
 * @param folder the folder
 * @param options `stallSeconds`, default 30; `retries`, default 3; `waitSeconds` before the first
 *   retry, default 1; `signal`; `progress`
 *
 * @example
 * const sha256 = '8dacc3c6e136af6c3488de9e5113a7daf140c8c2f1f0b61c54ee02f03f1a962f';
 * const url = 'https://mirror.example/zip.test.gz';
 * const file = download({ name: 'zip.test.gz', url, sha256 }, 'data/usps');
 * // Nothing is brought before `await file()`.
 */
export const download = (
  file: RemoteFile,
  folder: string,
  options: DownloadOptions = {},
): TE.TaskEither<ProxpropError, string> =>
  attemptTask(async () => {
    const path = join(folder, file.name);
    await makeFolder(folder);
    // A link stays a link: what it leads to is brought.
    const target = await fileBehind(path);
    const part = partOf(target);
    const { digits, label } = published(file);
    if (existsSync(path) && (await readable(file, path)) === digits) return path;
    await received(file, part, options);
    const found = await readable(file, part);
    if (found !== digits) {
      await onDisk(part, 'a file that can be removed', () => rm(part, { force: true }));
      fail('data', file.url, `${label} ${digits}`, found);
    }
    await settle(part, target);
    return path;
  });
