/** One file, written whole or not at all. */
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import { codeOf, fail, onDisk } from '../core';
import { lifeOf, nameFor, ownerOf, self } from './owner';
import { type Opened, type System, system as own } from './system';
import { ifThere, type Target, targetOf, WRITABLE } from './target';

/** The longest path that Linux takes, without the byte that ends it. */
const LONGEST_PATH = 4095;
/** Temporary files of other machines and containers: a save takes less than a day. */
const DAY = 86_400_000;

/** What file systems say that do not know an operation, or a user who may not do it. */
const UNABLE: ReadonlySet<string> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

/** Run `f`; whether the file system knows how. Throws what else goes wrong. */
const able = async (f: () => Promise<void>): Promise<boolean> => {
  try {
    await f();
    return true;
  } catch (thrown) {
    if (UNABLE.has(codeOf(thrown))) return false;
    throw thrown;
  }
};

/** Write all bytes: the system may take fewer at a time. A `Fault` where it takes none. */
export const writeAll = async (path: string, file: Opened, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length;) {
    const written = await file.write(bytes, at);
    if (written <= 0) fail('file', path, `room for ${bytes.length} bytes`, `room for ${at}`);
    at += written;
  }
};

/** Close without a word: another failure is on its way, or nothing was written. */
const closeQuietly = async (file: Opened | undefined): Promise<void> => {
  await file?.close().catch(() => undefined);
};

/** Bring a file's content, or a folder's names, to the disk, where the file system can. */
export const sync = async (file: Opened): Promise<void> => {
  await able(() => file.sync());
};

/** The folder as an open file; nothing where the system or its rights do not let it be opened. */
const openFolder = async (folder: string, system: System): Promise<Opened | undefined> => {
  try {
    return await system.open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (thrown) {
    if (['EACCES', 'EPERM', 'EISDIR'].includes(codeOf(thrown))) return undefined;
    throw thrown;
  }
};

/**
 * Removes the files that killed processes left in a folder. A file that cannot be examined or
 * removed stays.
 */
const sweep = async (folder: string, system: System): Promise<void> => {
  const names = await system.readdir(folder).catch(() => []);
  const here = self();
  for (const name of names) {
    const owner = ownerOf(name);
    if (owner?.ending !== 'tmp') continue;
    const path = `${folder}/${name}`;
    const life = lifeOf(owner, here);
    const stats = await system.lstat(path).catch(() => undefined);
    const left = life === 'dead' || (life === 'elsewhere' && Date.now() - (stats?.mtimeMs ?? Infinity) > DAY);
    if (left && stats?.isFile() === true) await system.unlink(path).catch(() => undefined);
  }
};

/** Give a new file the owner and the rights of the one that it replaces, as far as the user may. */
const likeOld = async (file: Opened, target: string, system: System): Promise<void> => {
  const [old, fresh] = [await ifThere(() => system.stat(target)), await file.stat()];
  if (old === undefined) return;
  const owned =
    (old.uid === fresh.uid && old.gid === fresh.gid) || (await able(() => file.chown(old.uid, old.gid)));
  // Rights to act as the owner are for the old owner's files alone.
  const mode = old.mode & (owned ? 0o7777 : 0o777);
  if (mode !== (fresh.mode & 0o7777)) await able(() => file.chmod(mode));
};

/** Write a file of its own, check its length, and bring it to the disk. */
const prepare = async (
  path: string,
  temporary: string,
  bytes: Uint8Array,
  target: Target,
  system: System,
): Promise<void> => {
  // The file is ours alone until it has the rights of the old one.
  const file = await system.open(temporary, 'wx', target.tag === 'old' ? 0o600 : 0o666);
  let closed = false;
  try {
    if (target.tag === 'old') await likeOld(file, target.path, system);
    await writeAll(path, file, bytes);
    const { size } = await file.stat();
    if (size !== bytes.length) fail('file', path, `a file of ${bytes.length} bytes`, `${size} bytes`);
    await sync(file);
    closed = true;
    // Some disks tell only here that there was no room.
    await file.close();
  } finally {
    if (!closed) await closeQuietly(file);
  }
};

const replace = async (path: string, bytes: Uint8Array, target: Target, system: System): Promise<void> => {
  const parent = dirname(target.path);
  // A file that must not be written must not be replaced either, which its folder alone would allow.
  if (target.tag === 'old') await (await system.open(target.path, constants.O_WRONLY)).close();
  const folder = await openFolder(parent, system);
  try {
    const name = nameFor('tmp');
    const long = Buffer.byteLength(parent) + 1 + name.length > LONGEST_PATH;
    // By the open folder, a path is short however long the folder's own is.
    const by = long && folder !== undefined ? `/proc/self/fd/${folder.fd}` : parent;
    await sweep(by, system);
    const temporary = `${by}/${name}`;
    try {
      await prepare(path, temporary, bytes, target, system);
      await system.rename(temporary, `${by}/${basename(target.path)}`);
    } catch (thrown) {
      await system.unlink(temporary).catch(() => undefined);
      throw thrown;
    }
    if (folder !== undefined)
      await onDisk(path, 'a folder that keeps its names (the new file is whole, and in its place)', () =>
        sync(folder),
      );
  } finally {
    await closeQuietly(folder);
  }
};

const writeDevice = async (path: string, bytes: Uint8Array, system: System): Promise<void> => {
  const file = await system.open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    await writeAll(path, file, bytes);
  } finally {
    await closeQuietly(file);
  }
};

/**
 * Writes a file. All bytes go to a temporary file beside it, whose length is checked and which is
 * brought to the disk. Then it is renamed. A link stays a link, and its target is written; the
 * rights of an old file stay. Files that killed processes left are removed first. If it fails it
 * throws a `file` `Fault`, and the old file stays unchanged.
 */
export const saveFile = (path: string, bytes: Uint8Array, system: System = own): Promise<void> =>
  onDisk(path, WRITABLE, async () => {
    const target = await targetOf(path, system);
    await (target.tag === 'device' ? writeDevice(path, bytes, system) : replace(path, bytes, target, system));
  });
