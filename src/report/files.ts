/** Writing files whole or not at all. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import writeFileAtomic from 'write-file-atomic';
import { error, type ProxpropError, refusal } from '../core';

/**
 * Write files into a folder, made where it is missing; each appears whole or not at all. Left, tag `file`, with
 * the first that cannot be written.
 */
export const writeFiles =
  (
    folder: string,
    files: { readonly [name: string]: string | Uint8Array },
  ): TE.TaskEither<ProxpropError, void> =>
  async () => {
    let path = folder;
    try {
      await mkdir(folder, { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        path = join(folder, name);
        await writeFileAtomic(path, typeof content === 'string' ? content : Buffer.from(content));
      }
      return E.right(undefined);
    } catch (thrown) {
      return E.left(error('file', path, 'a place that can be written', refusal(thrown)));
    }
  };
