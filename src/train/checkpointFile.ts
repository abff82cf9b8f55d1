/** Checkpoints in files, which are there whole or not at all. */
import { readFile } from 'node:fs/promises';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { error, type ProxpropError, refusal, type Tree } from '../core';
import { save } from '../disk';
import {
  type Checkpoint,
  type CheckpointLike,
  decodeCheckpoint,
  encodeCheckpoint,
  type LoadedCheckpoint,
} from './checkpoint';

/**
 * Write a checkpoint to a file, in a folder that is made where it is missing: as a safetensors file, in which equal trainings give
 * equal bytes. A file of that name is replaced once the new one is whole. The tensors stay the caller's. Left: as
 * `encodeCheckpoint`; `file` when it cannot be written.
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
 * Read a checkpoint of a network and an optimizer; the tensors are the caller's. Left: `file` when it cannot be read; else as
 * `decodeCheckpoint`.
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
  pipe(
    TE.tryCatch(
      () => readFile(path),
      (thrown) => error('file', path, 'a file that can be read', refusal(thrown)),
    ),
    TE.chainEitherK((bytes) => decodeCheckpoint(path, bytes, like)),
  );
