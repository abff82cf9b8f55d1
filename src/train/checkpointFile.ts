/** Checkpoints in files, which are there whole or not at all. */
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
 * Write a checkpoint to a file, in a folder that is made where it is missing: as a safetensors file, in which equal trainings give
 * equal bytes. A file of that name is replaced once the new one is whole and on the disk; a link stays a link, and its target
 * is written. The tensors stay the caller's. Left: as `encodeCheckpoint`; `file` when it cannot be written, for want of room
 * too: the file of that name then stays byte for byte.
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
 * Read a checkpoint of a network and an optimizer; the tensors are the caller's. The header of the file is checked before a
 * number is read, so that a file of any size that does not fit is refused at once. Left: `file` when it cannot be read,
 * `memory` for a tensor beyond it; else as `decodeCheckpoint`.
 *
 * @example
 * const loaded = await loadCheckpoint('runs/net.safetensors', { parameters: net.init(key), optimizer: adam() })();
 * if (E.isRight(loaded)) {
 *   const { parameters } = loaded.right;
 *   for await (const event of train(net, softmaxCrossEntropy, { ...options, parameters, resume: loaded.right })) show(event);
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
