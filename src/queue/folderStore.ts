/** A store in a folder that all machines see: of a file server, or of the one machine that there is. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, onDisk, orThrow } from '../core';
import * as Disk from '../disk';
import { isName, type Shelf } from './store';

const READABLE = 'a folder that can be read';

/** As much as a file may hold that is read whole. */
const MOST = 2 ** 31;

/** Left to the caller: whether it is the same folder on every machine. */
export const folderShelf = (folder: string): Shelf => ({
  shown: folder,
  most: MOST,
  put: async (name, bytes) => {
    orThrow(await Disk.save(join(folder, name), bytes)());
  },
  get: async (name, limit) => {
    const path = join(folder, name);
    const size = await onDisk(path, READABLE, () => sizeIfThere(path));
    return size !== undefined && size <= limit ? Disk.readIfThere(path) : undefined;
  },
  has: (name) => Promise.resolve(existsSync(join(folder, name))),
  remove: (name) =>
    onDisk(join(folder, name), 'a file that can be removed', () => rm(join(folder, name), { force: true })),
  names: () => onDisk(folder, READABLE, () => namesIn(folder)),
});

const sizeIfThere = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  await Disk.makeFolder(folder);
  return (await readdir(folder)).filter(isName);
};
