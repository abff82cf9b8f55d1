/** Writing: files whole or not at all, and lines at the end of a file. */
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, onDisk, type ProxpropError } from '../core';
import { saveFile, sync, writeAll } from './save';
import { type Opened, type System, system as own } from './system';
import { WRITABLE } from './target';

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** Bring the names in a folder to the disk, where that can be done. */
const syncFolder = async (folder: string, system: System): Promise<void> => {
  const file = await system.open(folder, constants.O_RDONLY).catch(() => undefined);
  if (file === undefined) return;
  try {
    await sync(file);
  } finally {
    await file.close();
  }
};

/**
 * Makes a folder, and those above it, if they are missing. It throws a `file` `Fault` if it cannot.
 */
export const makeFolder = (folder: string, system: System = own): Promise<void> =>
  onDisk(folder, WRITABLE, async () => {
    const first = await system.mkdir(folder);
    if (first === undefined) return;
    // Each new folder is a name in the one above it.
    for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at), system);
  });

/**
 * Writes a file whole or not at all, and makes its folder if it is missing. The bytes go to a
 * temporary file beside it, which is checked, brought to the disk and renamed. A link stays a link,
 * and its target is written; an old file keeps its rights; /dev/null and its like are written as
 * they are.
 *
 * It fails with `file` if the disk refuses, if it is full, or if a folder, a pipe or a socket is in
 * the place. The old file then stays byte for byte.
 *
 * @param path the file
 * @param content a text in UTF-8, or bytes
 * @param system the calls of the disk; for tests
 *
 * @example await save('runs/note.txt', 'a text')()
 */
export const save = (
  path: string,
  content: string | Uint8Array,
  system: System = own,
): TE.TaskEither<ProxpropError, void> =>
  attemptTask(async () => {
    await makeFolder(dirname(path), system);
    await saveFile(path, bytesOf(content), system);
  });

/** The path of a file in a folder. `join` takes `a/..` away, which is wrong where `a` is a link. */
const within = (folder: string, name: string): string =>
  folder.split('/').includes('..') ? `${folder}/${name}` : join(folder, name);

/**
 * Writes files into a folder, which it makes if it is missing. Each appears whole or not at all, as
 * by `save`. It fails with `file`, and names the first that cannot be written.
 *
 * @param folder the folder
 * @param files the content of each file by its name
 * @param system the calls of the disk; for tests
 *
 * @example await writeFiles('runs/a', { 'report.html': html, 'loss.png': png })()
 */
export const writeFiles = (
  folder: string,
  files: { readonly [name: string]: string | Uint8Array },
  system: System = own,
): TE.TaskEither<ProxpropError, void> =>
  attemptTask(async () => {
    await makeFolder(folder, system);
    for (const [name, content] of Object.entries(files))
      await saveFile(within(folder, name), bytesOf(content), system);
  });

const shorten = async (path: string, size: number, system: System): Promise<void> => {
  const file = await system.open(path, 'r+');
  try {
    await file.truncate(size);
  } finally {
    await file.close();
  }
};

/** Write at the end of a file, whole or not at all; `settled` brings it to the disk. */
const appending = (
  path: string,
  content: string | Uint8Array,
  system: System,
  settled: (file: Opened) => Promise<void>,
): TE.TaskEither<ProxpropError, void> =>
  attemptTask(() =>
    onDisk(path, WRITABLE, async () => {
      const file = await system.open(path, 'a');
      const { size } = await file.stat().catch(async (thrown: unknown) => {
        await file.close().catch(() => undefined);
        throw thrown;
      });
      try {
        await writeAll(path, file, bytesOf(content));
        await settled(file);
        await file.close();
      } catch (thrown) {
        await file.close().catch(() => undefined);
        await shorten(path, size, system).catch(() => undefined);
        throw thrown;
      }
    }),
  );

/**
 * Appends to a file, which it makes if it is missing, and brings it to the disk. It fails with
 * `file` if the disk refuses; the file then ends where it ended before.
 *
 * @param path the file
 * @param content a text in UTF-8, or bytes
 * @param system the calls of the disk; for tests
 *
 * @example await append('runs/metrics.jsonl', '{"epoch":1}\n')()
 */
export const append = (
  path: string,
  content: string | Uint8Array,
  system: System = own,
): TE.TaskEither<ProxpropError, void> => appending(path, content, system, sync);

/**
 * Does what `append` does, without waiting for the disk, for lines that come many times a second.
 * They outlive the process, but may be lost if the machine fails before the next `append` to the
 * file.
 */
export const appendUnsynced = (
  path: string,
  content: string | Uint8Array,
  system: System = own,
): TE.TaskEither<ProxpropError, void> => appending(path, content, system, () => Promise.resolve());

/**
 * Give a file that was written piece by piece its name: it is brought to the disk first. Throws a
 * `Fault` `file`.
 */
export const settle = (from: string, to: string, system: System = own): Promise<void> =>
  onDisk(to, WRITABLE, async () => {
    const file = await system.open(from, 'r+');
    try {
      await sync(file);
    } finally {
      await file.close();
    }
    await system.rename(from, to);
    await syncFolder(dirname(to), system);
  });
