/** What a path leads to: the file that is to be written, links followed. */
import { dirname } from 'node:path';
import { codeOf, fail, onDisk } from '../core';
import { type Stats, type System, system as own } from './system';

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;
/** The kind of Linux's file system of processes, whose links are no paths. */
const PROC = 0x9fa0;

export const WRITABLE = 'a place that can be written';

/**
 * Gives the result of `f`, or `undefined` if there is no such file. It throws every other error.
 */
export const ifThere = async <A>(f: () => Promise<A>): Promise<A | undefined> => {
  try {
    return await f();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
};

/** What kind of thing a path leads to, in words; nothing for a file. */
export const unlikeFile = (stats: Stats): string | undefined =>
  stats.isFile()
    ? undefined
    : stats.isDirectory()
      ? 'a folder'
      : stats.isFIFO()
        ? 'a pipe'
        : stats.isSocket()
          ? 'a socket'
          : 'a device';

export interface Target {
  /** No link any more. */
  readonly path: string;
  /** `device`: one that takes characters, such as /dev/null, and is written to as it is. */
  readonly tag: 'new' | 'old' | 'device';
}

/**
 * Finds the file behind a path. It need not exist. Links are followed one by one, since the last
 * one may lead to a file that is still to be made. It throws a `Fault` for a folder, a pipe, a
 * socket, a disk, and an open file of a process, such as /dev/stdout: another file in its place
 * would break it.
 */
export const targetOf = async (path: string, system: System): Promise<Target> => {
  if (path === '' || path.endsWith('/')) fail('file', path, 'the name of a file', 'a name that ends without');
  // Asked of the system at once, which may forbid to follow a link.
  const there = await ifThere(() => system.stat(path));
  const unlike = there === undefined ? undefined : unlikeFile(there);
  if (there?.isCharacterDevice() === true) return { path, tag: 'device' };
  if (unlike !== undefined) fail('file', path, WRITABLE, unlike);
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const here = at;
    const found = await ifThere(() => system.lstat(here));
    if (found?.isSymbolicLink() !== true) return { path: at, tag: there === undefined ? 'new' : 'old' };
    if ((await system.kind(dirname(at))) === PROC) fail('file', path, WRITABLE, 'an open file of a process');
    const text = await system.readlink(at);
    // Not `join`, which would take `a/..` away even where `a` is a link.
    at = text.startsWith('/') ? text : `${dirname(at)}/${text}`;
    if (at.endsWith('/')) fail('file', path, WRITABLE, 'a link to a folder that is missing');
  }
  return fail('file', path, WRITABLE, 'links that lead in a circle');
};

/**
 * The path of the file behind a path. The file need not exist. It throws a `Fault` for anything but
 * a file.
 */
export const fileBehind = (path: string, system: System = own): Promise<string> =>
  onDisk(path, WRITABLE, async () => {
    const target = await targetOf(path, system);
    return target.tag === 'device' ? fail('file', path, WRITABLE, 'a device') : target.path;
  });
