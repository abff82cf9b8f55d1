/** Training one cell in its folder: metrics as they come, checkpoints, and going on where an earlier training was stopped. */
import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as TE from 'fp-ts/TaskEither';
import {
  type AnyChain,
  attemptTask,
  descend,
  describe,
  dispose,
  type Examples,
  Fault,
  type Key,
  Key as Keys,
  loadCheckpoint,
  logged,
  type Loss,
  onDisk,
  orThrow,
  type ProxpropError,
  Report,
  saveCheckpoint,
  train,
  type TrainEvent,
  type Tree,
} from '../../../src';
import { buildOptimizer, buildSchedule } from './build';
import { type Cell } from './cells';
import { linesUpTo, metricsLog, readEnding, readLines, writeEnding } from './metrics';

/** What every cell of an experiment trains on. */
export interface Task {
  readonly net: AnyChain;
  readonly loss: Loss;
  readonly train: Examples;
  readonly test: Examples;
  readonly batchSize: number;
  readonly checkpointEvery: number;
}

/** What is told while a cell trains. */
export type Tell = (epoch: number, note: string) => void;

type Parameters = readonly Tree.Tree[];

const CHECKPOINT = 'checkpoint.safetensors';

/** Where a stopped training goes on: nowhere else than where its last checkpoint stands. */
const standOf = async (cell: Cell, folder: string, initial: Parameters) => {
  const path = join(folder, CHECKPOINT);
  const { optimizer: config } = cell.trainer;
  if (config === undefined || !existsSync(path)) return undefined;
  const optimizer = buildOptimizer(config);
  return orThrow(await loadCheckpoint(path, { parameters: initial, optimizer })());
};

/** The events of a training from its beginning, or from where it stands. */
const eventsOf = async function* (
  task: Task,
  cell: Cell,
  folder: string,
  key: Key.Key,
): AsyncGenerator<TrainEvent<Parameters>, void, undefined> {
  const { net, loss } = task;
  const { trainer, epochs } = cell;
  const initial: Parameters = [...net.init(Keys.fold(key, 0))];
  const stand = await standOf(cell, folder, initial);
  const before = stand === undefined ? [] : linesUpTo(folder, await readLines(folder), stand.epoch);
  const common = { train: task.train, test: task.test, method: buildSchedule(trainer.schedule) };
  try {
    if (trainer.optimizer === undefined)
      yield* descend(net, loss, { ...common, parameters: initial, sweeps: epochs });
    else
      yield* train(net, loss, {
        ...common,
        parameters: stand?.parameters ?? initial,
        optimizer: buildOptimizer(trainer.optimizer),
        epochs,
        batchSize: task.batchSize,
        key: Keys.fold(key, 1),
        checkpointEvery: task.checkpointEvery,
        ...(stand === undefined
          ? {}
          : { resume: { epoch: stand.epoch, seconds: before.at(-1)?.seconds ?? 0, state: stand.state } }),
      });
  } finally {
    dispose(initial);
    if (stand !== undefined) dispose(stand.parameters, ...stand.state.flatMap(({ moments }) => moments));
  }
};

/**
 * Train a cell, unless its folder says that it has ended. A loss that is not finite is an ending, and no failure. Left: what
 * keeps it from training, or from being written down.
 */
export const runCell = (
  task: Task,
  cell: Cell,
  folder: string,
  tell: Tell,
): TE.TaskEither<ProxpropError, void> =>
  attemptTask(async () => {
    if ((await readEnding(folder)) !== undefined) return;
    orThrow(await Report.writeFiles(folder, {})());
    const path = join(folder, CHECKPOINT);
    let diverged: ProxpropError | undefined;
    for await (const event of logged(eventsOf(task, cell, folder, Keys.key(cell.seed)), metricsLog(folder))) {
      switch (event.tag) {
        case 'epoch':
          tell(event.epoch, `loss ${event.trainLoss.toPrecision(4)}`);
          break;
        case 'checkpoint':
          orThrow(
            await saveCheckpoint(path, {
              parameters: event.parameters,
              optimizerState: event.state,
              epoch: event.epoch,
            })(),
          );
          break;
        case 'done':
          if (cell.trainer.optimizer === undefined)
            orThrow(
              await saveCheckpoint(path, {
                parameters: event.parameters,
                optimizerState: [],
                epoch: cell.epochs,
              })(),
            );
          dispose(event.parameters);
          break;
        case 'failed':
          dispose(event.parameters);
          // Where numbers run away, an implicit step's system may be the first to tell.
          if (event.error._tag !== 'loss' && event.error._tag !== 'solver') throw new Fault(event.error);
          diverged = event.error;
          break;
        case 'unlogged':
          throw new Fault(event.error);
        case 'evaluation':
        case 'batch':
        case 'diagnostics':
          break;
      }
    }
    // Of a grid, what is wanted is which of its cells is best: parameters are many, and not looked at again.
    if (cell.stage === 'tuning' || diverged !== undefined)
      await onDisk(path, 'a file that can be removed', () => rm(path, { force: true }));
    await writeEnding(folder, {
      outcome: diverged === undefined ? 'done' : 'diverged',
      reason: diverged === undefined ? '' : describe(diverged),
    });
  });
