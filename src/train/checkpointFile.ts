/** Checkpoints in files. A file is written whole or not at all. */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attemptTask, orThrow, type ProxpropError, type Tree } from '../core';
import { readingFrom, save } from '../disk';
import {
  type Checkpoint,
  checkpointIn,
  type CheckpointLike,
  encodeCheckpoint,
  isHeaderOf,
  type LoadedCheckpoint,
} from './checkpoint';
import { readSafetensors } from './safetensors';

/**
 * Writes a checkpoint to a safetensors file, and creates its folder if it is missing. Equal
 * trainings give equal bytes. An existing file is replaced only after the new one is complete on
 * the disk. If `path` is a link, its target is written. The tensors stay yours.
 *
 * Returns a `Left` as `encodeCheckpoint` does, and with tag `file` if the file cannot be written,
 * for example if the disk is full; an existing file then keeps its bytes.
 *
 * @example
 * for await (const event of train(net, softmaxCrossEntropy, { ...options, checkpointEvery: 10 }))
 *   if (event.tag === 'checkpoint')
 *     await saveCheckpoint('runs/net.safetensors', { ...event, optimizerState: event.state })();
 */
export const saveCheckpoint = <P extends Tree.Tree>(
  path: string,
  checkpoint: Checkpoint<P>,
): TE.TaskEither<ProxpropError, void> =>
  pipe(
    encodeCheckpoint(checkpoint),
    TE.chain((bytes) => save(path, bytes)),
  );

/**
 * Reads a checkpoint of a network and an optimizer. You dispose of its tensors. The header is
 * checked before any numbers are read, so a file that does not fit fails at once, whatever its
 * size.
 *
 * `path` is the file, and `like` has the parameters and the optimizer that the checkpoint has to
 * fit.
 *
 * Returns a `Left` with tag `file` if the file cannot be read, `memory` if a tensor does not fit
 * into memory, and otherwise as `decodeCheckpoint` does.
 *
 * @example
 * const like = { parameters: net.init(key), optimizer: adam() };
 * const loaded = await loadCheckpoint('runs/net.safetensors', like)();
 * if (E.isRight(loaded)) {
 *   const { parameters } = loaded.right;
 *   const resumed = { ...options, parameters, resume: loaded.right };
 *   for await (const event of train(net, softmaxCrossEntropy, resumed)) show(event);
 * }
 */
export const loadCheckpoint = <P extends Tree.Tree>(
  path: string,
  like: CheckpointLike<P>,
): TE.TaskEither<ProxpropError, LoadedCheckpoint<P>> =>
  attemptTask(() =>
    readingFrom(path, async (file) => {
      const contents = await readSafetensors(path, file, (header) => isHeaderOf(path, header, like));
      return orThrow(checkpointIn(path, contents, like));
    }),
  );
