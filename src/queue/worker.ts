/**
 * A worker: it takes one cell after the other from the queue of its library and its backend, trains it in a thread of its own, so that its
 * lock on the cell is renewed meanwhile, and sends what came of it. It may die at any moment: another goes on from the last checkpoint.
 */
import { hostname } from 'node:os';
import type { Job as QueueJob, Worker } from 'bullmq';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, describe, fail, Fault, type ProxpropError, shownThrown } from '../core';
import { type Backend } from '../backend';
import { type PoolSetting, trainersOf, type Trainers, version } from '../experiment';
import { type Bench, poolsOf, Stopped, trainJob, Unable } from './cellWork';
import { inLine, MOST_DEATHS } from './failure';
import { finderOn } from './ground';
import { decodeJob, type Returned } from './job';
import { type QueueLink } from './link';
import { checkStore, queueText, PREFIX, type QueueName, queuesOn } from './names';
import { modulesAt } from './ownModules';
import { scratchIn } from './scratch';
import { type Store } from './store';

export interface WorkerOptions {
  readonly backend: Backend;
  readonly threads: number;
  /** The folder of the datasets, where there is one. */
  readonly data?: string | undefined;
  /** Paths of modules that jobs may name. */
  readonly modules: readonly string[];
  /** A folder of this machine: cells are trained in it. */
  readonly scratch: string;
  /** Seconds without a sign of life after which another worker may take the cell. */
  readonly lock: number;
  /** Seconds without a cell after which the worker ends. Default: it waits for ever. */
  readonly idle?: number | undefined;
  readonly signal: AbortSignal;
  /** Told in one line of each cell. */
  readonly say: (line: string) => void;
  /** Default: that of this library. */
  readonly version?: string;
  /** What trains. Default: a thread. */
  readonly trainers?: (setting: PoolSetting) => Trainers;
}

/** Seconds that one question for a cell waits, less than a connection may be silent. */
const ASKING = 5;
/** Milliseconds between two looks at what other queues there are, and at the time. */
const LOOK = 1000;
/** Milliseconds between two messages of the epochs of a cell. */
const TELLING = 1000;
/** Milliseconds that a worker has to hand its cell back and to say good-bye. */
const LAST = 5000;

/** A promise, or nothing once so much time has passed: a server that does not answer holds nobody up. */
const within = async (milliseconds: number, promise: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise.then(() => undefined).catch(() => undefined), late]);
  clearTimeout(timer);
};

/** Workers of a library or a backend that no queue is for. Throws a `Fault` `options`. */
const checkQueues = async (link: QueueLink, own: QueueName): Promise<void> => {
  const queues = await queuesOn(link);
  if (queues.length === 0 || queues.some((queue) => queueText(queue) === queueText(own))) return;
  const shown = ({ version: of, backend }: QueueName): string => `proxprop ${of} on ${backend}`;
  fail(
    'options',
    link.address.shown,
    `a worker of ${queues.map(shown).join(', ')}, which the queue is of`,
    shown(own),
  );
};

/** At most one message in so much time. */
const throttled = (send: (epoch: number) => void): ((epoch: number) => void) => {
  let last = -Infinity;
  return (epoch) => {
    if (performance.now() - last < TELLING) return;
    last = performance.now();
    send(epoch);
  };
};

/** How a worker ends. */
interface End {
  readonly signal: AbortSignal;
  readonly stop: (why?: ProxpropError) => void;
  readonly why: () => ProxpropError | undefined;
}

const endOf = (outside: AbortSignal): End => {
  const inside = new AbortController();
  let reason: ProxpropError | undefined;
  return {
    signal: AbortSignal.any([outside, inside.signal]),
    stop: (why) => {
      reason ??= why;
      inside.abort();
    },
    why: () => reason,
  };
};

const workerOf = (
  link: QueueLink,
  queue: QueueName,
  lock: number,
  process: (job: QueueJob, token: string | undefined, lost: AbortSignal) => Promise<Returned>,
): Worker => {
  const worker = new link.engine.bull.Worker(
    queueText(queue),
    // Three parameters, of which the third is asked for by their number.
    (job: QueueJob, token?: string, lost?: AbortSignal) =>
      process(job, token, lost ?? new AbortController().signal),
    {
      connection: link.options,
      prefix: PREFIX,
      concurrency: 1,
      name: `${hostname()}-${globalThis.process.pid}`,
      lockDuration: lock * 1000,
      // A cut may come just before a renewal: at least three quarters of the lock are left then.
      lockRenewTime: lock * 250,
      stalledInterval: lock * 500,
      maxStalledCount: MOST_DEATHS,
      drainDelay: ASKING,
      skipVersionCheck: true,
      autorun: false,
    },
  );
  worker.on('error', () => undefined);
  // Another has the cell by now, or will.
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id);
  });
  return worker;
};

/**
 * Take cells and train them until the signal, or until there has been none for so long. How many were trained. Left: what this machine cannot
 * do, once its cell is back in the queue: another library or backend than those that cells are for, data or modules that are not here, a disk
 * that is full, a store that is another.
 */
export const work = (
  link: QueueLink,
  store: Store,
  options: WorkerOptions,
): TE.TaskEither<ProxpropError, number> =>
  attemptTask(async () => {
    const { backend, threads, lock, idle, say } = options;
    const queue: QueueName = { version: options.version ?? version(), backend };
    await checkQueues(link, queue);
    await checkStore(link, queue, store);
    const modules = await modulesAt(options.modules);
    const scratch = await scratchIn(options.scratch);
    const find = finderOn({ data: options.data, modules, store, scratch: scratch.folder });
    const bench: Bench = {
      store,
      find,
      pools: poolsOf(options.trainers ?? ((setting) => trainersOf(setting, 1))),
      backend,
      threads,
      scratch: scratch.folder,
    };
    const end = endOf(options.signal);
    const { UnrecoverableError, WaitingError } = link.engine.bull;
    let trained = 0;
    const state = { busy: false, free: performance.now() };

    const process = async (
      job: QueueJob,
      token: string | undefined,
      lost: AbortSignal,
    ): Promise<Returned> => {
      const id = job.id ?? '';
      const name = inLine(job.name);
      state.busy = true;
      try {
        const decoded = decodeJob(id, job.data);
        if (E.isLeft(decoded)) throw new UnrecoverableError(describe(decoded.left));
        // A queue may have got its store after its workers.
        await checkStore(link, queue, store).catch((thrown: unknown) => {
          throw thrown instanceof Fault ? new Unable(thrown.error) : thrown;
        });
        const epoch = throttled((at) => void job.updateProgress({ epoch: at }).catch(() => undefined));
        const resumed = (): void => {
          say(`${name}: goes on from the last checkpoint`);
        };
        const stop = AbortSignal.any([lost, end.signal]);
        const returned = await trainJob(bench, id, decoded.right, { resumed, epoch }, stop);
        trained += 1;
        say(`${name}: ${returned.outcome}`);
        return returned;
      } catch (thrown) {
        if (lost.aborted) {
          say(`${name}: taken up by another worker`);
          throw new Error('the lock was lost');
        }
        if (thrown instanceof Unable || thrown instanceof Stopped || end.signal.aborted) {
          end.stop(thrown instanceof Unable ? thrown.error : undefined);
          await within(LAST, job.moveToWait(token));
          throw new WaitingError();
        }
        const line = thrown instanceof Fault ? describe(thrown.error) : shownThrown(thrown);
        say(`${name}: ${line}`);
        throw thrown instanceof UnrecoverableError ? thrown : new Error(line);
      } finally {
        state.busy = false;
        state.free = performance.now();
      }
    };

    const worker = workerOf(link, queue, lock, process);
    const aborted = new Promise<void>((resolve) => {
      if (end.signal.aborted) resolve();
      end.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    try {
      void worker.run().catch(() => undefined);
      while (!end.signal.aborted) {
        await within(LOOK, aborted);
        if (state.busy) continue;
        if (idle !== undefined && performance.now() - state.free > idle * 1000) end.stop();
        const checked = checkQueues(link, queue).catch((thrown: unknown) => {
          if (!(thrown instanceof Fault)) throw thrown;
          end.stop(thrown.error);
        });
        await Promise.race([checked, aborted]);
      }
    } finally {
      await within(2 * LAST, worker.close());
      await bench.pools.close();
      await scratch.remove();
    }
    const why = end.why();
    if (why !== undefined) throw new Fault(why);
    return trained;
  });
