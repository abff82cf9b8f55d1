/**
 * Parameters in files, without an optimizer: to store a trained network, and to start from the
 * numbers of another one.
 */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attemptTask, fail, orThrow, type ProxpropError, type Tree } from '../core';
import { readingFrom, save } from '../disk';
import { readSafetensors } from './safetensors';
import {
  encodeWeights,
  filledTree,
  type LoadedWeights,
  type LoadWeights,
  type WeightsPlan,
  plannedWeights,
} from './weights';

/**
 * Writes parameters to a safetensors file, without an optimizer, and creates its folder if it is
 * missing. Equal parameters give equal bytes. An existing file is replaced only after the new one
 * is complete on the disk. The tensors stay yours.
 *
 * `path` is the file, and `metadata` are texts by name that the file holds beside the tensors.
 *
 * Returns a `Left` as `encodeWeights` does, and with tag `file` if the file cannot be written, for
 * example if the disk is full; an existing file then keeps its bytes.
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
 * Parameters with numbers loaded from a file: of `saveWeights`, of `saveCheckpoint` (its optimizer
 * is ignored), or of another program. The header is checked before any numbers are read, and only
 * the numbers of tensors that are taken are read. You dispose of the parameters of the result.
 *
 * `path` is the file; `options` are those of `decodeWeights`.
 *
 * Returns a `Left` with tag `file` if the file cannot be read, `memory` if a tensor does not fit
 * into memory, and otherwise as `decodeWeights` does.
 *
 * @example
 * // The first layer of another network; the last one keeps its initial numbers.
 * const options = { parameters: net.init(key), take: ['0'] };
 * const loaded = orThrow(await loadWeights('runs/other.safetensors', options)());
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
      return orThrow(filledTree(path, plan ?? fail('data', path, 'a header', 'none'), contents, options));
    }),
  );
