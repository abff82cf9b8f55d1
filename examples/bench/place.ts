/** Places for results. */
import { access, constants, lstat, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as E from 'fp-ts/Either';
import { Disk, error, type ProxpropError } from '../../src';
import { refusal } from '../../src/internal';

/** Whether a file can be written there, as far as that shows before what it is to hold has been measured. */
export const checkPlace = async (file: string): Promise<E.Either<ProxpropError, void>> => {
  const refused = (found: string) => E.left(error('file', file, 'a place that can be written', found));
  // No files: the folder alone.
  const made = await Disk.writeFiles(dirname(file), {})();
  if (E.isLeft(made)) return refused(made.left.found);
  try {
    await access(dirname(file), constants.W_OK);
    if ((await lstat(file).catch(() => undefined)) === undefined) {
      // Not every folder that says so takes files, as /proc shows.
      await (await open(file, 'wx')).close();
      await unlink(file);
    }
    const there = await stat(file).catch(() => undefined);
    return there?.isDirectory() === true ? refused('a folder') : E.right(undefined);
  } catch (thrown) {
    return refused(refusal(thrown));
  }
};
