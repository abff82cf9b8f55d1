/** Files out of a tar archive, all of them or none. */
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { absent, fail, onDisk } from '../core';
import { makeFolder, settle } from '../disk';
import { findFile } from './places';

/** The package for archives. A `Fault` `file` where it is missing. */
export const tar = (archive: string) =>
  import('tar').catch((thrown: unknown) => absent('file', archive, ['tar'], thrown));

/**
 * Runs `f` on an archive. An error of the archive, but not of the disk, becomes a `data` `Fault`.
 */
const reading = async (archive: string, f: () => Promise<void>): Promise<void> => {
  try {
    await f();
  } catch (thrown) {
    if (thrown instanceof Error && 'syscall' in thrown) throw thrown;
    fail('data', archive, 'a whole tar archive', thrown instanceof Error ? thrown.message : String(thrown));
  }
};

/**
 * Reads an archive to its end before any file is written, to check that it is whole and has the
 * files. It gives the size of each file by its name.
 */
const check = async (archive: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  const { list } = await tar(archive);
  await reading(archive, () =>
    list({
      file: archive,
      strict: true,
      onReadEntry: ({ path, size }) => void found.set(basename(path), size),
    }),
  );
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0)
    fail('data', archive, `an archive that holds ${names.join(', ')}`, `no ${missing.join(', ')}`);
  return found;
};

/**
 * Moves an unpacked file to its place, after a check that it is whole: on a full disk it may
 * silently be short.
 */
const moveFile = async (from: string, to: string, size: number): Promise<void> => {
  const found = await stat(from);
  if (found.size !== size) fail('file', to, `room for ${size} bytes`, `room for ${found.size}`);
  await settle(from, to);
};

/** Where an archive is unpacked to, before its files get their places. */
export const beside = (folder: string): string => `${folder}.unpacking`;

/**
 * Unpacks files of an archive, plain or gzipped, whose names all lie in one folder of it. It
 * unpacks them beside `folder` and then moves them. Files that exist there stay unchanged. It
 * throws a `Fault`: `data` for a broken archive or one without the files, `file` for an error of
 * the disk.
 */
export const unpack = async (archive: string, names: readonly string[], folder: string): Promise<void> => {
  const place = join(beside(folder), 'files');
  const clear = (): Promise<void> => rm(place, { recursive: true, force: true, maxRetries: 3 });
  const sizes = await onDisk(archive, 'a file that can be read', () => check(archive, names));
  await onDisk(place, 'a place that can be written', async () => {
    // What an unpacking that was killed left behind.
    await clear();
    await makeFolder(place);
    try {
      const filter = (path: string): boolean => names.includes(basename(path));
      const { extract } = await tar(archive);
      await reading(archive, () => extract({ file: archive, cwd: place, strip: 1, strict: true, filter }));
      await makeFolder(folder);
      for (const name of names)
        if (findFile(folder, name) === undefined)
          await moveFile(join(place, name), join(folder, name), sizes.get(name) ?? 0);
    } finally {
      await clear();
    }
  });
};
