/** What anyone may ask of the queues of a server: how they stand, to rest, to go on, to be emptied. */
import type * as TE from 'fp-ts/TaskEither';
import * as E from 'fp-ts/Either';
import { attemptTask, type ProxpropError } from '../core';
import { type Standing } from './board';
import { failureOf, inLine } from './failure';
import { decodeReturned } from './job';
import { queueOf } from './lane';
import { type QueueLink, onServer } from './link';
import { countDrain, type QueueName, queuesOn, removeQueue } from './names';
import { type Store } from './store';

export interface QueueStatus extends QueueName {
  readonly paused: boolean;
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly workers: number;
  /** Of the cells that were completed last. */
  readonly ended: readonly Standing[];
  /** Of the cells that failed last: their names, and why. */
  readonly failures: readonly (readonly [string, string])[];
}

/** Cells that are looked at for the best. */
const LOOKED_AT = 1000;
const SHOWN_FAILURES = 5;

const statusOf = (link: QueueLink, name: QueueName): Promise<QueueStatus> =>
  onServer(link, async () => {
    const queue = queueOf(link, name);
    const counts = await queue.getJobCounts('waiting', 'active', 'completed', 'failed', 'delayed');
    const count = (of: string): number => counts[of] ?? 0;
    const [completed, failed] = [
      await queue.getJobs(['completed'], 0, LOOKED_AT - 1),
      await queue.getJobs(['failed'], 0, SHOWN_FAILURES - 1),
    ];
    return {
      ...name,
      paused: await queue.isPaused(),
      waiting: count('waiting') + count('delayed'),
      active: count('active'),
      completed: count('completed'),
      failed: count('failed'),
      workers: await queue.getWorkersCount(),
      ended: completed.flatMap((job) => {
        const returned = decodeReturned(job.id ?? '', job.returnvalue);
        return E.isLeft(returned) ? [] : [{ name: inLine(job.name), loss: returned.right.loss }];
      }),
      failures: failed.map((job) => [inLine(job.name), failureOf(job)] as const),
    };
  });

/** How all queues of a server stand. Left: `file` where the server does not take commands. */
export const statuses = (link: QueueLink): TE.TaskEither<ProxpropError, readonly QueueStatus[]> =>
  attemptTask(async () => {
    const found: QueueStatus[] = [];
    for (const name of await queuesOn(link)) found.push(await statusOf(link, name));
    return found;
  });

const forEach = (
  link: QueueLink,
  f: (name: QueueName) => Promise<void>,
): TE.TaskEither<ProxpropError, readonly QueueName[]> =>
  attemptTask(async () => {
    const names = await queuesOn(link);
    for (const name of names) await f(name);
    return names;
  });

/** No cell begins until `resume`; those that are trained end. */
export const pause = (link: QueueLink) =>
  forEach(link, (name) => onServer(link, () => queueOf(link, name).pause()));

export const resume = (link: QueueLink) =>
  forEach(link, (name) => onServer(link, () => queueOf(link, name).resume()));

/** Take out what waits: cells that are trained end, and what has ended stays. A controller that follows ends with a line. */
export const drain = (link: QueueLink) =>
  forEach(link, async (name) => {
    await countDrain(link, name);
    await onServer(link, () => queueOf(link, name).drain(true));
  });

/** Remove everything: cells in any state, their results, checkpoints and data. Workers give up the cells that they train. */
export const clear = (link: QueueLink, store: Store) =>
  forEach(link, async (name) => {
    await countDrain(link, name);
    await onServer(link, async () => {
      const queue = queueOf(link, name);
      await queue.pause();
      await queue.obliterate({ force: true });
    });
    for (const kept of await store.names()) await store.remove(kept);
    await removeQueue(link, name);
  });
