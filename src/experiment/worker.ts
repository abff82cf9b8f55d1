/** What a worker of the pool does: start its own backend once, read the data once, and train one cell after another. */
import { type MessagePort } from 'node:worker_threads';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../core';
import { type Backend, start } from '../backend';
import { runCell, type Task } from './cell';
import { type Cell } from './cells';
import { type TrainingConfig } from './config';
import { loadData, taskOf } from './data';
import { builtIn } from './datasets';
import { type Ending } from './metrics';
import { registryWith } from './modules';
import { progressIn } from './progress';
import { type Registry } from '../registry';

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

/** What the cells of a pool need, made once. */
interface Bench {
  readonly registry: Registry;
  readonly task: Task;
}

let bench: Promise<E.Either<ProxpropError, Bench>> | undefined;

/** A worker serves one pool, and a pool one experiment. */
const benchIn = ({ path, config, data, backend, threads }: Setting) =>
  (bench ??= pipe(
    start(backend, backend === 'wasm' ? { threads } : {}),
    TE.chain(() => registryWith(builtIn, path, config.modules ?? [])),
    TE.bindTo('registry'),
    TE.bind('task', ({ registry }) =>
      pipe(
        loadData(registry, config.data, data),
        TE.chainEitherK((read) => taskOf({ path, config, registry }, read)),
      ),
    ),
  )());

const work = async ({ setting, cell, folder, port }: Work): Promise<E.Either<ProxpropError, Ending>> => {
  try {
    const ready = await benchIn(setting);
    if (E.isLeft(ready)) return ready;
    const { registry, task } = ready.right;
    return await runCell(registry, task, cell, progressIn(folder), (epoch, note) => {
      const told: Told = { epoch, note };
      port.postMessage(told);
    })();
  } finally {
    port.close();
  }
};

export default work;
