/**
 * A folder for one process at a time.
 *
 * A process that wants a folder makes a file in it whose name says who it is, and looks then who
 * else has one. Of two that hold a folder, one would have looked after the other's file was made.
 * So no step has to be undivided but the making of a file, and the claim of a dead process can be
 * removed by anyone at any time.
 */
import { unlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, onDisk, type ProxpropError } from '../core';
import { makeFolder } from './files';
import { lifeOf, nameFor, ownerOf, self } from './owner';
import { type System, system as own } from './system';
import { WRITABLE } from './target';

/**
 * The number of attempts. Two processes that begin at the same moment see each other: both step
 * back, and try again after different waits.
 */
const ATTEMPTS = 6;
const LONGEST_WAIT = 150;

/** What ends a process by default, and lets it be told before. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A claim of another that counts, in words; those of dead processes are removed. */
const otherIn = async (folder: string, mine: string, system: System): Promise<string | undefined> => {
  const here = self();
  for (const name of await system.readdir(folder)) {
    const owner = ownerOf(name);
    if (owner?.ending !== 'lock' || name === mine) continue;
    switch (lifeOf(owner, here)) {
      case 'alive':
        return owner.pid === process.pid ? 'this process, which uses it already' : `process ${owner.pid}`;
      case 'elsewhere':
        return `process ${owner.pid} of another machine or container (if it has ended, remove ${folder}/${name})`;
      case 'dead':
        await system.unlink(`${folder}/${name}`).catch(() => undefined);
    }
  }
  return undefined;
};

/** The claims of this process: what is left of them is removed at its end. */
const claims = new Set<string>();

const removeAll = (): void => {
  for (const path of claims)
    try {
      unlinkSync(path);
    } catch {
      // It is gone already; or it stays, and is that of a dead process.
    }
  claims.clear();
};

/** Named, as another copy of this module in the process has the same listener. */
const releaseFolders = (signal: NodeJS.Signals): void => {
  // Where others listen too, it is for them to say whether the process ends.
  if (process.listeners(signal).some(({ name }) => name !== releaseFolders.name)) return;
  removeAll();
  process.off(signal, releaseFolders);
  // Without a listener, the signal does what it does by default.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
};

const listen = (): void => {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, releaseFolders);
};

const unlisten = (): void => {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, releaseFolders);
};

/** Remove the claim when it is released, or when the process ends, by a signal too. */
const releaseAtEnd = (path: string): (() => void) => {
  if (claims.size === 0) listen();
  claims.add(path);
  return () => {
    if (!claims.delete(path)) return;
    if (claims.size === 0) unlisten();
    try {
      unlinkSync(path);
    } catch {
      // The folder may be gone, and the claim with it.
    }
  };
};

/** Ends the hold on a folder. A second call does nothing. */
export type Release = () => void;

/**
 * Holds a folder for this process, and makes it if it is missing, until you call the function that
 * it gives or the process ends, however it ends.
 *
 * It fails with `file` if another process holds the folder or it cannot be written; nothing in it
 * has changed then. A process that has died holds nothing, even after a restart of the machine. For
 * one on another machine or in another container nobody knows whether it lives; the error then
 * names the file to remove.
 *
 * @param folder the folder
 * @param system the calls of the disk; for tests
 *
 * @example
 * const held = await hold('runs/a')();
 * if (E.isRight(held)) {
 *   await work();
 *   held.right();
 * }
 */
export const hold = (folder: string, system: System = own): TE.TaskEither<ProxpropError, Release> =>
  attemptTask(async () => {
    await makeFolder(folder, system);
    const expected = 'a folder that no other process uses';
    return onDisk(folder, WRITABLE, async () => {
      for (let attempt = 1; ; attempt++) {
        const before = await otherIn(folder, '', system);
        if (before !== undefined) return fail('file', folder, expected, before);
        const name = nameFor('lock');
        const path = `${folder}/${name}`;
        await (await system.open(path, 'wx')).close();
        const other = await otherIn(folder, name, system);
        if (other === undefined) return releaseAtEnd(path);
        await system.unlink(path);
        if (attempt === ATTEMPTS) return fail('file', folder, expected, other);
        await setTimeout(Math.random() * LONGEST_WAIT);
      }
    });
  });

/**
 * Whether a name in a folder is that of a hold or of a temporary file, and not content of anyone's.
 *
 * @param name the name of a file, without its folder
 *
 * @example isPassing('report.html') // false
 */
export const isPassing = (name: string): boolean => ownerOf(name) !== undefined;
