/** Reading the files of a run. */
import { readFile } from 'node:fs/promises';
import { type Json } from 'fp-ts/Json';
import { fail, onDisk } from '../core';

const readable = 'a file that can be read';

/**
 * Reads a text file in UTF-8. It throws a `Fault` (`file`) if it cannot be read.
 *
 * @param path the file
 * @param expected what should be there, for the error
 *
 * @example await textOf('quick.json')
 */
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

/**
 * Parses JSON. It throws a `Fault` (`data`) for a text that is no JSON.
 *
 * @param path the file that the error names
 * @param text the text
 *
 * @example parsed('a.json', '{"epochs": 1}') // { epochs: 1 }
 */
export const parsed = (path: string, text: string): Json => {
  try {
    const content: Json = JSON.parse(text) as Json; // Which is what it gives, though its type says any.
    return content;
  } catch {
    return fail('data', path, 'JSON', text.slice(0, 40));
  }
};

/**
 * Reads a JSON file. It throws a `Fault`: `file` if it cannot be read, `data` if it is no JSON.
 *
 * @param path the file
 *
 * @example await jsonIn('quick.json')
 */
export const jsonIn = async (path: string): Promise<Json> => parsed(path, await textOf(path));
