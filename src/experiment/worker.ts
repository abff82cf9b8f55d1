/**
 * The work of a worker of the pool: it starts its own backend once, reads the data once, and trains
 * one cell after another.
 */
import { type MessagePort } from 'node:worker_threads';
import type * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attemptTask, type ProxpropError } from '../core';
import { type Dataset } from '../data';
import { readWhole } from '../disk';
import { type Backend, start } from '../backend';
import { type CellProgress, runCell, type Task } from './cell';
import { type Cell } from './cells';
import { type TrainingConfig } from './config';
import { loadData, taskOf } from './data';
import { decodeDataset } from './datasetBytes';
import { builtIn } from './datasets';
import { type Ending } from './metrics';
import { registryWith } from './modules';
import { progressIn } from './progress';
import { type Registry } from '../registry';

/** The setting that the workers of a pool share, as plain data. */
export interface PoolSetting {
  /** The file of the configuration, for messages. */
  readonly path: string;
  /** The configuration. */
  readonly config: TrainingConfig;
  /** The folder of the dataset. */
  readonly data: string;
  /** A file of `encodeDataset` that is read instead of the folder. */
  readonly dataset?: string;
  /** The backend that each worker starts. */
  readonly backend: Backend;
  /** The number of threads of each worker. */
  readonly threads: number;
}

/** The messages of a worker while it trains. */
export type Told =
  | { readonly tag: 'epoch'; readonly epoch: number; readonly note: string }
  /** A checkpoint is in the folder, and the metrics up to its epoch. */
  | { readonly tag: 'checkpoint'; readonly epoch: number };

export interface Work {
  readonly setting: PoolSetting;
  readonly cell: Cell;
  readonly folder: string;
  readonly port: MessagePort;
}

/** What the cells of a pool need, made once. */
interface Bench {
  readonly registry: Registry;
  readonly task: Task;
}

let bench: Promise<E.Either<ProxpropError, Bench>> | undefined;

const dataOf = (
  { config, data, dataset }: PoolSetting,
  registry: Registry,
): TE.TaskEither<ProxpropError, Dataset> =>
  dataset === undefined
    ? loadData(registry, config.data, data)
    : attemptTask(async () => decodeDataset(dataset, await readWhole(dataset)));

/** A worker serves one pool, and a pool one experiment. */
const benchIn = (setting: PoolSetting) => {
  const { path, config, backend, threads } = setting;
  return (bench ??= pipe(
    start(backend, backend === 'wasm' ? { threads } : {}),
    TE.chain(() => registryWith(builtIn, path, config.modules ?? [])),
    TE.bindTo('registry'),
    TE.bind('task', ({ registry }) =>
      pipe(
        dataOf(setting, registry),
        TE.chainEitherK((read) => taskOf({ path, config, registry }, read)),
      ),
    ),
  )());
};

/** The same, each checkpoint of which is told once it is kept. */
const telling = (progress: CellProgress, tell: (told: Told) => void): CellProgress => ({
  ...progress,
  checkpoint: async (at) => {
    await progress.checkpoint(at);
    tell({ tag: 'checkpoint', epoch: at.epoch });
  },
});

const work = ({ setting, cell, folder, port }: Work): Promise<E.Either<ProxpropError, Ending>> => {
  const tell = (told: Told): void => {
    port.postMessage(told);
  };
  const trained = pipe(
    () => benchIn(setting),
    TE.chain(({ registry, task }) =>
      runCell(registry, task, cell, telling(progressIn(folder), tell), (epoch, note) => {
        tell({ tag: 'epoch', epoch, note });
      }),
    ),
  );
  return trained().finally(() => {
    port.close();
  });
};

export default work;
