/** Parameters in files, without an optimizer: to keep a trained network, and to begin from another's numbers. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError, type Tree } from '../core';
import { readingFrom, save } from '../disk';
import { readSafetensors } from './safetensors';
import {
  encodeWeights,
  filled,
  type LoadedWeights,
  type LoadWeights,
  type WeightsPlan,
  plannedWeights,
} from './weights';

/**
 * Write parameters to a safetensors file, without an optimizer, in a folder that is made where it is missing. Equal parameters give equal
 * bytes. A file of that name is replaced once the new one is whole and on the disk. The tensors stay the caller's. Left: as
 * `encodeWeights`; `file` when it cannot be written, for want of room too: the file of that name then stays byte for byte.
 *
 * @example orThrow(await saveWeights('runs/net.weights.safetensors', trained)());
 */
export const saveWeights = (
  path: string,
  parameters: Tree.Tree,
  metadata: Readonly<Record<string, string>> = {},
): TE.TaskEither<ProxpropError, void> =>
  pipe(
    encodeWeights(parameters, metadata),
    TE.chain((bytes) => save(path, bytes)),
  );

/**
 * Parameters with the numbers of a file: of `saveWeights`, of `saveCheckpoint`, whose optimizer is left out, or of another program. The
 * header is checked before a number is read, and the numbers of those tensors alone are read that are taken. Left: `file` when it cannot
 * be read, `memory` for a tensor beyond it; else as `decodeWeights`.
 *
 * @example
 * // The first layer of another network; the last keeps its first numbers.
 * const loaded = orThrow(await loadWeights('runs/other.safetensors', { parameters: net.init(key), take: ['0'] })());
 * console.log(loaded.taken.map(({ name }) => name), loaded.kept, loaded.unused);
 */
export const loadWeights = <P extends Tree.Tree>(
  path: string,
  options: LoadWeights<P>,
): TE.TaskEither<ProxpropError, LoadedWeights<P>> =>
  attemptTask(() =>
    readingFrom(path, async (file) => {
      let plan: WeightsPlan | undefined;
      const contents = await readSafetensors(path, file, ({ entries }) => {
        const made = plannedWeights(path, new Map(entries.map((entry) => [entry.name, entry])), options);
        if (E.isRight(made)) plan = made.right;
        return E.map(({ from }: WeightsPlan) => new Set(from.values()))(made);
      });
      return orThrow(filled(path, plan ?? fail('data', path, 'a header', 'none'), contents, options));
    }),
  );
