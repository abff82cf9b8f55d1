/** One cell on a worker: fetched as far as it was trained, trained on, and sent as it goes. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { describe, Fault, type ProxpropError } from '../core';
import { type Backend } from '../backend';
import { type Ending, readEnding, readLines, type PoolSetting, type Trainers } from '../experiment';
import { type finderOn } from './ground';
import { type Job, type Returned } from './job';
import { CHECKPOINT, fetchProgress, fetchResult, layResult, sendProgress, sendResult } from './result';
import { senderOf } from './sender';
import { type Store } from './store';

/** What a worker cannot help: its cell goes back as it was, and the worker ends with this line. */
export class Unable extends Error {
  constructor(readonly error: ProxpropError) {
    super(describe(error));
  }
}

/** The training was ended from outside: the cell is another's now, or goes back. */
export class Stopped extends Error {}

/** Asked again at each moment: the compiler takes a flag that was false for one that stays so. */
const checkOn = (signal: AbortSignal): void => {
  if (signal.aborted) throw new Stopped();
};

/** Run what depends on the machine, not on the cell. */
const ableTo = async <A>(f: () => Promise<A>): Promise<A> => {
  try {
    return await f();
  } catch (thrown) {
    if (thrown instanceof Fault) throw new Unable(thrown.error);
    throw thrown;
  }
};

/** A store that is too small for a cell is so for every worker. */
const sendable = async (f: () => Promise<void>): Promise<void> => {
  try {
    await f();
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.error._tag !== 'options') throw new Unable(thrown.error);
    throw thrown;
  }
};

/** Whether a training failed by the machine that it ran on: its disk, or its device. */
const ofMachine = ({ _tag, path }: ProxpropError, folder: string): boolean =>
  _tag === 'backend' || (_tag === 'file' && path.startsWith(folder));

/** The part of a setting that one pool of threads is for. */
const poolKey = ({ config, data: folder, dataset }: PoolSetting): string => {
  const { data, network, loss, batchSize, modules, checkpointEvery } = config;
  return JSON.stringify({ data, network, loss, batchSize, modules, checkpointEvery, folder, dataset });
};

/** One pool of threads at a time. */
export interface Pools {
  readonly for: (setting: PoolSetting) => Promise<Trainers>;
  readonly close: () => Promise<void>;
}

export const poolsOf = (make: (setting: PoolSetting) => Trainers): Pools => {
  let now: { readonly key: string; readonly trainers: Trainers } | undefined;
  const close = async (): Promise<void> => {
    const last = now;
    now = undefined;
    await last?.trainers.close();
  };
  return {
    close,
    for: async (setting) => {
      const key = poolKey(setting);
      if (now?.key !== key) await close();
      now ??= { key, trainers: make(setting) };
      return now.trainers;
    },
  };
};

/** Told while a cell is trained. */
export interface Telling {
  /** Goes on from the last checkpoint of another worker. */
  readonly resumed: () => void;
  readonly epoch: (epoch: number) => void;
}

/** What a worker has to train with. */
export interface Bench {
  readonly store: Store;
  readonly find: ReturnType<typeof finderOn>;
  readonly pools: Pools;
  readonly backend: Backend;
  readonly threads: number;
  /** Folders of cells lie in it. */
  readonly scratch: string;
}

const returnedOf = async (folder: string, { outcome }: Ending, job: Job): Promise<Returned> => ({
  outcome,
  loss: outcome === 'diverged' ? null : ((await readLines(folder)).at(-1)?.trainLoss ?? null),
  parameters: outcome === 'done' ? job.parameters : 'dropped',
});

/** What a worker has sent whose word of it never came. */
const resultBefore = async (
  store: Store,
  id: string,
  job: Job,
  folder: string,
): Promise<Returned | undefined> => {
  const files = (await fetchResult(store, id, job.parameters)) ?? (await fetchResult(store, id, 'dropped'));
  if (files === undefined) return undefined;
  await layResult(folder, files);
  const ending = await readEnding(folder);
  if (ending === undefined) return undefined;
  const returned = await returnedOf(folder, ending, job);
  // Its parameters, where they are wanted, must be there too.
  return returned.parameters === 'dropped' || files.has(CHECKPOINT) ? returned : undefined;
};

const trainIn = async (
  { store, find, pools, backend, threads }: Bench,
  id: string,
  job: Job,
  folder: string,
  telling: Telling,
  stop: AbortSignal,
): Promise<Returned> => {
  const before = await ableTo(() => resultBefore(store, id, job, folder));
  if (before !== undefined) return before;
  const { config, cell, source } = await ableTo(() => find(id, job));
  if (await ableTo(() => fetchProgress(store, id, folder))) telling.resumed();
  const trainers = await pools.for({ path: 'job', config, ...source, backend, threads });
  const end = (): void => void pools.close();
  const sender = senderOf(() => sendable(() => sendProgress(store, id, folder)), end);
  stop.addEventListener('abort', end);
  try {
    checkOn(stop);
    const ended = await trainers.train(cell, folder, (told) => {
      if (told.tag === 'epoch') telling.epoch(told.epoch);
      else sender.notify();
    });
    await sender.settled();
    checkOn(stop);
    if (E.isLeft(ended)) throw ofMachine(ended.left, folder) ? new Unable(ended.left) : new Fault(ended.left);
    const returned = await returnedOf(folder, ended.right, job);
    await sendable(() => sendResult(store, id, folder, returned.parameters));
    return returned;
  } finally {
    stop.removeEventListener('abort', end);
  }
};

/**
 * Train the cell of a job, on from where it is kept. Throws `Unable` for what this machine cannot do, `Stopped` after an abort, a `Fault` for
 * what keeps the cell from ending on any machine.
 */
export const trainJob = async (
  bench: Bench,
  id: string,
  job: Job,
  telling: Telling,
  stop: AbortSignal,
): Promise<Returned> => {
  const folder = join(bench.scratch, id);
  try {
    return await trainIn(bench, id, job, folder, telling, stop);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
};
