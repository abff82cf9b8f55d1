/**
 * The calls that files are read and written by. They are an argument of everything that writes, so that a test can make any
 * one of them fail.
 */
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../core';

/** As much of what Node says of a file as is used here; Node's own type would bring all of Node's to whoever uses this. */
export interface Stats {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isFIFO: () => boolean;
  readonly isSocket: () => boolean;
  readonly isCharacterDevice: () => boolean;
  readonly isSymbolicLink: () => boolean;
}

/** An open file. */
export interface Opened {
  readonly fd: number;
  /** Write bytes from `from` on; how many were written, which may be fewer. */
  readonly write: (bytes: Uint8Array, from: number) => Promise<number>;
  /** Read into `bytes` from `from` on, from the place `at` of the file; how many were read. */
  readonly read: (bytes: Uint8Array, from: number, at: number) => Promise<number>;
  readonly stat: () => Promise<Stats>;
  readonly sync: () => Promise<void>;
  readonly chmod: (mode: number) => Promise<void>;
  readonly chown: (user: number, group: number) => Promise<void>;
  readonly truncate: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface System {
  readonly open: (path: string, flags: string | number, mode?: number) => Promise<Opened>;
  readonly stat: (path: string) => Promise<Stats>;
  readonly lstat: (path: string) => Promise<Stats>;
  readonly readlink: (path: string) => Promise<string>;
  readonly readdir: (path: string) => Promise<readonly string[]>;
  /** With the folders above it; the first that was made. */
  readonly mkdir: (path: string) => Promise<string | undefined>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  /** The kind of a file system, as a number of the kernel's. */
  readonly kind: (path: string) => Promise<number>;
}

/** Of one call: Node refuses lengths of 2 GiB and more. */
const MOST = 2 ** 30;

const opened = (handle: FileHandle): Opened => ({
  fd: handle.fd,
  write: async (bytes, from) =>
    (await handle.write(bytes, from, Math.min(MOST, bytes.length - from), null)).bytesWritten,
  read: async (bytes, from, at) =>
    (await handle.read(bytes, from, Math.min(MOST, bytes.length - from), at)).bytesRead,
  stat: () => handle.stat(),
  sync: () => handle.sync(),
  chmod: (mode) => handle.chmod(mode),
  chown: (user, group) => handle.chown(user, group),
  truncate: (length) => handle.truncate(length),
  close: () => handle.close(),
});

/**
 * Make a folder and those above it, one at a time; the first that was made. Node's own `recursive` never ends where a folder
 * that is there makes none and calls that ENOENT, as /proc does.
 */
const madeFolder = async (path: string): Promise<string | undefined> => {
  try {
    await mkdir(path);
    return path;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return undefined;
    if (code !== 'ENOENT' || dirname(path) === path) throw thrown;
  }
  const first = await madeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (thrown) {
    // Another process may have been faster.
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
  }
  return first ?? path;
};

/** The machine's own. */
export const system: System = {
  open: async (path, flags, mode) => opened(await open(path, flags, mode)),
  stat: (path) => stat(path),
  lstat: (path) => lstat(path),
  readlink: (path) => readlink(path),
  readdir: (path) => readdir(path),
  mkdir: madeFolder,
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  kind: async (path) => (await statfs(path)).type,
};
