/** Training cells in a pool of workers, the threads shared out among them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import * as E from 'fp-ts/Either';
import Piscina from 'piscina';
import { error, type ProxpropError } from '../core';
import { type Cell } from './cells';
import { type Ending } from './metrics';
import { type Runner } from './runner';
import { interrupted } from './stepSizes';
import { type PoolSetting, type Told, type Work } from './worker';

/** The built file; from the sources one that lets TypeScript be required. */
const workerFile = (): string => {
  const built = join(__dirname, 'worker.js');
  return existsSync(built) ? built : join(__dirname, 'worker.cjs');
};

/**
 * Names the folder of the files of a cell.
 *
 * @param out the folder of the run
 * @param cell the cell, for its `id`
 *
 * @example folderOfCell('runs/quick', { id: 'final_0-a_seed-1' }) // 'runs/quick/cells/final_0-a_seed-1'
 */
export const folderOfCell = (out: string, { id }: Pick<Cell, 'id'>): string => join(out, 'cells', id);

/** Threads that train cells of one setting, each with a backend of its own. */
export interface Trainers {
  /**
   * Trains a cell in a folder, and resumes from the progress that is stored there. It fails with
   * the error that keeps it from training.
   */
  readonly train: (
    cell: Cell,
    folder: string,
    tell: (told: Told) => void,
  ) => Promise<E.Either<ProxpropError, Ending>>;
  /** End whatever trains; what it has saved stays. */
  readonly close: () => Promise<void>;
}

/**
 * Starts worker threads that train cells, each with a backend of its own. Call `close` to end them.
 *
 * @param setting the configuration, the folder of the data, the backend and its threads
 * @param count how many workers
 *
 * @example const start = (setting: PoolSetting) => trainersOf(setting, 2);
 */
export const trainersOf = (setting: PoolSetting, count: number): Trainers => {
  const pool = new Piscina<Work, E.Either<ProxpropError, Ending>>({
    filename: workerFile(),
    minThreads: count,
    maxThreads: count,
    concurrentTasksPerWorker: 1,
  });
  return {
    train: async (cell, folder, tell) => {
      const { port1, port2 } = new MessageChannel();
      port1.on('message', tell);
      const result = await pool
        .run({ setting, cell, folder, port: port2 }, { transferList: [port2] })
        .catch((thrown: unknown) =>
          E.left(
            error(
              'file',
              cell.id,
              'a worker that trains',
              thrown instanceof Error ? thrown.message : String(thrown),
            ),
          ),
        );
      port1.close();
      return result;
    },
    close: () => pool.destroy(),
  };
};

/**
 * Trains all cells that have not ended yet, `workers` at a time. It fails with the first error,
 * after which no other cell begins.
 */
export const runCells: Runner =
  (setting, cells, out, { workers, threads }, { progress, signal }) =>
  async () => {
    if (cells.length === 0) return E.right(undefined);
    // wasm shares its threads out; the other backends have one for each worker.
    const count = Math.min(workers, cells.length, ...(setting.backend === 'wasm' ? [threads] : []));
    const own: PoolSetting = { ...setting, threads: Math.max(1, Math.floor(threads / count)) };
    const trainers = trainersOf(own, count);
    const total = cells.reduce((sum, { epochs }) => sum + epochs, 0);
    const epochs = new Map<string, number>();
    progress.start(setting.config.name, total);
    let failure: ProxpropError | undefined;
    let ended = 0;
    const train = async (cell: Cell): Promise<void> => {
      if (failure !== undefined) return;
      const result = await trainers.train(cell, folderOfCell(out, cell), (told) => {
        if (told.tag !== 'epoch') return;
        epochs.set(cell.id, told.epoch);
        const done = [...epochs.values()].reduce((a, b) => a + b, 0);
        progress.tick(done, `${cell.id}, epoch ${told.epoch}, ${told.note}`);
      });
      epochs.set(cell.id, cell.epochs);
      if (E.isLeft(result)) failure ??= result.left;
      else ended += 1;
    };
    // Whatever trains is ended; what it has saved stays.
    const stop = (): void => {
      failure ??= interrupted();
      void trainers.close();
    };
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    try {
      // In the order of the cells, so that what is compared is trained close together: a pool may take its own order.
      const waiting = cells.values();
      await Promise.all(
        Array.from({ length: count }, async () => {
          for (const cell of waiting) await train(cell);
        }),
      );
    } finally {
      signal?.removeEventListener('abort', stop);
      await trainers.close();
    }
    progress.stop(`${setting.config.name}: ${ended} of ${cells.length} trainings ended`);
    return failure === undefined ? E.right(undefined) : E.left(failure);
  };
