/** Files out of a tar archive, all of them or none. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { extract, list } from 'tar';
import { fail, onDisk } from '../core';
import { findFile } from './places';

/** Run `f` on an archive; what it says of the archive, and not of the disk, becomes a `Fault` `data`. */
const reading = async (archive: string, f: () => Promise<void>): Promise<void> => {
  try {
    await f();
  } catch (thrown) {
    if (thrown instanceof Error && 'syscall' in thrown) throw thrown;
    fail('data', archive, 'a whole tar archive', thrown instanceof Error ? thrown.message : String(thrown));
  }
};

/** Read an archive to its end: that it is whole, and has the files, is known before one of them is written. */
const check = async (archive: string, names: readonly string[]): Promise<void> => {
  const found = new Set<string>();
  await reading(archive, () =>
    list({ file: archive, strict: true, onReadEntry: ({ path }) => void found.add(basename(path)) }),
  );
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0)
    fail('data', archive, `an archive that holds ${names.join(', ')}`, `no ${missing.join(', ')}`);
};

/**
 * Unpack files of an archive, plain or gzipped, whose names all lie in one folder of it. They are unpacked beside `folder` and
 * then moved; files that are there already stay as they are. Throws a `Fault`: `data` for a broken archive or one
 * without the files, `file` for what the disk refuses.
 */
export const unpack = async (archive: string, names: readonly string[], folder: string): Promise<void> => {
  const beside = `${folder}.unpacking`;
  const clear = (): Promise<void> => rm(beside, { recursive: true, force: true, maxRetries: 3 });
  await onDisk(archive, 'a file that can be read', () => check(archive, names));
  await onDisk(beside, 'a place that can be written', async () => {
    // What an unpacking that was killed left behind.
    await clear();
    await mkdir(beside, { recursive: true });
    try {
      const filter = (path: string): boolean => names.includes(basename(path));
      await reading(archive, () => extract({ file: archive, cwd: beside, strip: 1, strict: true, filter }));
      if (!existsSync(folder)) {
        await rename(beside, folder);
        return;
      }
      for (const name of names)
        if (findFile(folder, name) === undefined) await rename(join(beside, name), join(folder, name));
    } finally {
      await clear();
    }
  });
};
