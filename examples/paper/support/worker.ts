/** What a worker of the pool does: start its own backend once, read the data once, and train one cell after another. */
import { type MessagePort } from 'node:worker_threads';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type Backend, type ProxpropError, start } from '../../../src';
import { runCell, type Task } from './cell';
import { type Cell } from './cells';
import { type TrainingConfig } from './config';
import { loadData, taskOf } from './data';

/** What the workers of one pool share: plain data. */
export interface Setting {
  /** Of the configuration, for messages. */
  readonly path: string;
  readonly config: TrainingConfig;
  readonly data: string;
  readonly backend: Backend;
  readonly threads: number;
}

/** What a worker tells while it trains. */
export interface Told {
  readonly epoch: number;
  readonly note: string;
}

export interface Work {
  readonly setting: Setting;
  readonly cell: Cell;
  readonly folder: string;
  readonly port: MessagePort;
}

let task: Promise<E.Either<ProxpropError, Task>> | undefined;

/** A worker serves one pool, and a pool one experiment. */
const taskIn = ({ path, config, data, backend, threads }: Setting) =>
  (task ??= pipe(
    start(backend, backend === 'wasm' ? { threads } : {}),
    TE.chain(() => loadData(config.data, data)),
    TE.chainEitherK((read) => taskOf(path, config, read)),
  )());

const work = async ({ setting, cell, folder, port }: Work): Promise<E.Either<ProxpropError, void>> => {
  try {
    const ready = await taskIn(setting);
    if (E.isLeft(ready)) return ready;
    return await runCell(ready.right, cell, folder, (epoch, note) => {
      const told: Told = { epoch, note };
      port.postMessage(told);
    })();
  } finally {
    port.close();
  }
};

export default work;
