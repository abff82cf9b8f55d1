/**
 * The stored progress of a cell, in a folder of its own: metrics as they come, checkpoints, and how
 * it ended.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk, orThrow } from '../core';
import { loadCheckpoint, saveCheckpoint } from '../train';
import * as Report from '../report';
import { type CellProgress } from './cell';
import { linesUpTo, metricsLog, readEnding, readLines, writeEnding } from './metrics';

const CHECKPOINT = 'checkpoint.safetensors';

/**
 * Keeps a cell in a folder: its metrics as they come, its checkpoints, and how it ended. A training
 * that stopped resumes from its last checkpoint. Its functions throw a `Fault` for files that
 * cannot be read or written.
 *
 * @param folder the folder of the cell
 *
 * @example await progressIn('runs/quick/cells/none').ending()
 */
export const progressIn = (folder: string): CellProgress => {
  const path = join(folder, CHECKPOINT);
  return {
    ending: () => readEnding(folder),
    begin: async (parameters, optimizer) => {
      orThrow(await Report.writeFiles(folder, {})());
      const stand =
        optimizer === undefined || !existsSync(path)
          ? undefined
          : orThrow(await loadCheckpoint(path, { parameters, optimizer })());
      const before = stand === undefined ? [] : linesUpTo(folder, await readLines(folder), stand.epoch);
      return stand === undefined ? undefined : { ...stand, seconds: before.at(-1)?.seconds ?? 0 };
    },
    log: metricsLog(folder),
    checkpoint: async ({ parameters, state, epoch }) => {
      orThrow(await saveCheckpoint(path, { parameters, optimizerState: state, epoch })());
    },
    end: async (ending, parameters) => {
      if (parameters === 'dropped')
        await onDisk(path, 'a file that can be removed', () => rm(path, { force: true }));
      await writeEnding(folder, ending);
    },
  };
};
