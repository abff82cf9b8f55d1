/** Folders of workers on their machines: each is held by its worker, and one whose worker is dead is removed by the next. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { onDisk, orThrow } from '../core';
import * as Disk from '../disk';

const PREFIX = 'proxprop-worker-';
const WRITABLE = 'a folder that can be written';

export interface Scratch {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

const removeFolder = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
};

/** Remove the folders of workers that were killed. */
const sweep = async (parent: string): Promise<void> => {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(parent, name);
    // A folder without a claim may be one that is just being made.
    if (!(await readdir(folder).catch(() => [])).some(Disk.isPassing)) continue;
    const held = await Disk.hold(folder)();
    if (E.isRight(held)) {
      await removeFolder(folder);
      held.right();
    }
  }
};

/** A new folder below `parent`, which is made where it is missing. Throws a `Fault` `file`. */
export const scratchIn = async (parent: string): Promise<Scratch> => {
  await Disk.makeFolder(parent);
  const folder = await onDisk(parent, WRITABLE, async () => {
    await sweep(parent);
    return mkdtemp(join(parent, PREFIX));
  });
  const release = orThrow(await Disk.hold(folder)());
  return {
    folder,
    remove: async () => {
      release();
      await removeFolder(folder);
    },
  };
};
