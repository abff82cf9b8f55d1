/**
 * The system calls that read and write files. Every function that writes takes them as an argument,
 * so that a test can make any of them fail.
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

/**
 * The part of Node's `Stats` that this folder uses. Node's own type would bring all of Node's types
 * to every user of these functions.
 */
export interface Stats {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  /** Whether it is a regular file. */
  readonly isFile: () => boolean;
  /** Whether it is a folder. */
  readonly isDirectory: () => boolean;
  /** Whether it is a named pipe. */
  readonly isFIFO: () => boolean;
  /** Whether it is a socket. */
  readonly isSocket: () => boolean;
  /** Whether it is a character device. */
  readonly isCharacterDevice: () => boolean;
  /** Whether it is a symbolic link. */
  readonly isSymbolicLink: () => boolean;
}

/** An open file. */
export interface Opened {
  readonly fd: number;
  /** Write bytes from `from` on; how many were written, which may be fewer. */
  readonly write: (bytes: Uint8Array, from: number) => Promise<number>;
  /** Read into `bytes` from `from` on, from the place `at` of the file; how many were read. */
  readonly read: (bytes: Uint8Array, from: number, at: number) => Promise<number>;
  /** What the system says of a file. */
  readonly stat: () => Promise<Stats>;
  /** Wait until its bytes are on the disk. */
  readonly sync: () => Promise<void>;
  /** Set its permissions. */
  readonly chmod: (mode: number) => Promise<void>;
  /** Set its owner and group. */
  readonly chown: (user: number, group: number) => Promise<void>;
  /** Cut it to a length in bytes. */
  readonly truncate: (length: number) => Promise<void>;
  /** Close it. */
  readonly close: () => Promise<void>;
}

/** The calls of the file system that the library makes: tests give one that fails. */
export interface System {
  /** Open a file, as `fs.open` does. */
  readonly open: (path: string, flags: string | number, mode?: number) => Promise<Opened>;
  /** What the system says of a file. */
  readonly stat: (path: string) => Promise<Stats>;
  /** The same of a link itself. */
  readonly lstat: (path: string) => Promise<Stats>;
  /** Where a link leads. */
  readonly readlink: (path: string) => Promise<string>;
  /** The names in a folder. */
  readonly readdir: (path: string) => Promise<readonly string[]>;
  /** With the folders above it; the first that was made. */
  readonly mkdir: (path: string) => Promise<string | undefined>;
  /** Give a file another name, in place of a file of that name. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Remove a file. */
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
 * Makes a folder and those above it, one at a time, and gives the first that it made. Node's own
 * `recursive` never ends if an existing folder refuses new ones with ENOENT, as /proc does.
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
