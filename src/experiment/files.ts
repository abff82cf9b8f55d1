/** Reading the files of a run. */
import { readFile } from 'node:fs/promises';
import { type Json } from 'fp-ts/Json';
import { fail, onDisk } from '../core';

const readable = 'a file that can be read';

/** Throws a `Fault` `file` where it cannot be read. */
export const textOf = (path: string, expected = readable): Promise<string> =>
  onDisk(path, expected, () => readFile(path, 'utf8'));

/** The text of a file, or nothing where there is no such file. */
export const textIfThere = (path: string): Promise<string | undefined> =>
  onDisk(path, readable, async () => {
    try {
      return await readFile(path, 'utf8');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
  });

/** What a text says. Throws a `Fault` `data` at `path` where it is no JSON. */
export const parsed = (path: string, text: string): Json => {
  try {
    const content: Json = JSON.parse(text) as Json; // Which is what it gives, though its type says any.
    return content;
  } catch {
    return fail('data', path, 'JSON', text.slice(0, 40));
  }
};

/** The JSON value in a file. Rejects with a `Fault`: `file` where it cannot be read, `data` where it is no JSON. */
export const jsonIn = async (path: string): Promise<Json> => parsed(path, await textOf(path));
