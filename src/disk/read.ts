/** Reading files: whole or in parts, and of any size that fits the memory. */
import { totalmem } from 'node:os';
import { constants } from 'node:buffer';
import { fail, onDisk } from '../core';
import { type Opened, type System, system as own } from './system';
import { ifThere, unlikeFile } from './target';

const READABLE = 'a file that can be read';

/** The most bytes that an array holds here. */
const MOST_BYTES = Math.min(constants.MAX_LENGTH, totalmem());

/**
 * Memory for so many bytes. A `Fault` `memory` at `path` where there is not so much, in whole GiB.
 */
export const allocated = (path: string, bytes: number): ArrayBuffer => {
  const refuse = (): never =>
    fail(
      'memory',
      path,
      `at most ${Math.floor(MOST_BYTES / 2 ** 30)} GiB at once`,
      `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    );
  if (bytes > MOST_BYTES) return refuse();
  try {
    return new ArrayBuffer(bytes);
  } catch {
    return refuse();
  }
};

/** A file that is open to be read. */
export interface OpenFile {
  readonly size: number;
  /** The bytes from `begin` to `end`; fewer where the file has become shorter. */
  readonly bytes: (begin: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
}

const part = async (
  path: string,
  file: Opened,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = new Uint8Array(allocated(path, end - begin));
  let filled = 0;
  while (filled < bytes.length) {
    const count = await file.read(bytes, filled, begin + filled);
    if (count === 0) return bytes.slice(0, filled);
    filled += count;
  }
  return bytes;
};

/**
 * Runs `f` on an open file. It throws a `Fault`: `file` for a file that cannot be read, for a
 * folder, and for a pipe or a device, which might never end; `memory` for more bytes than there is
 * room for.
 */
export const readingFrom = <A>(
  path: string,
  f: (source: OpenFile) => Promise<A>,
  system: System = own,
): Promise<A> =>
  onDisk(path, READABLE, async () => {
    // Before it is opened: a pipe would be waited for.
    const unlike = unlikeFile(await system.stat(path));
    if (unlike !== undefined) fail('file', path, READABLE, unlike);
    const file = await system.open(path, 'r');
    try {
      const { size } = await file.stat();
      return await f({ size, bytes: (begin, end) => part(path, file, begin, end) });
    } finally {
      await file.close().catch(() => undefined);
    }
  });

/** All bytes of a file. Throws as `readingFrom`. */
export const readWhole = (path: string, system: System = own): Promise<Uint8Array<ArrayBuffer>> =>
  readingFrom(path, ({ size, bytes }) => bytes(0, size), system);

/** The same; nothing where there is no such file. */
export const readIfThere = async (
  path: string,
  system: System = own,
): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  (await onDisk(path, READABLE, () => ifThere(() => system.stat(path)))) === undefined
    ? undefined
    : readWhole(path, system);
