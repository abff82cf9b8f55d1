/** The queue of one library and backend, as its controller uses it. */
import type { Queue } from 'bullmq';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { describe } from '../core';
import { failureOf } from './failure';
import { decodeReturned, type Returned } from './job';
import { type QueueLink, onServer } from './link';
import { queueText, PREFIX, type QueueName } from './names';
import { type Order, titleOf } from './orders';

/** What became of a job. */
export type JobVerdict =
  | { readonly tag: 'completed'; readonly returned: Returned }
  | { readonly tag: 'failed'; readonly why: string }
  /** Its job has ended, but what it says of itself cannot be read. */
  | { readonly tag: 'unreadable'; readonly reason: string }
  | { readonly tag: 'running' };

export interface Lane {
  readonly add: (orders: readonly Order[], attempts: number) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  /** The identities of jobs that wait or run. */
  readonly alive: () => Promise<ReadonlySet<string>>;
  readonly completed: () => Promise<ReadonlySet<string>>;
  readonly failed: () => Promise<ReadonlySet<string>>;
  readonly verdict: (id: string) => Promise<JobVerdict>;
  /** Be told of jobs that end, and of the epochs that they reach. Events may be missed while a connection is cut. */
  readonly listen: (listener: LaneListener) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface LaneListener {
  readonly ended: (id: string) => void;
  readonly epoch: (id: string, epoch: number) => void;
}

/** Jobs in one message. */
const BATCH = 250;
/** Milliseconds that one question for events waits, less than a connection may be silent. */
const BLOCKING = 5000;

const Progressed = t.type({ epoch: t.number });

export const queueOf = (link: QueueLink, name: QueueName): Queue => {
  const queue = new link.engine.bull.Queue(queueText(name), {
    connection: link.redis,
    prefix: PREFIX,
    skipVersionCheck: true,
  });
  // The connection tells of itself elsewhere.
  queue.on('error', () => undefined);
  return queue;
};

export const laneOf = (link: QueueLink, name: QueueName): Lane => {
  const queue = queueOf(link, name);
  const events = new link.engine.bull.QueueEvents(queueText(name), {
    connection: link.options,
    prefix: PREFIX,
    blockingTimeout: BLOCKING,
    skipVersionCheck: true,
    autorun: false,
  });
  events.on('error', () => undefined);
  const idsIn = (...types: Parameters<Queue['getRanges']>[0]): Promise<ReadonlySet<string>> =>
    onServer(link, async () => new Set(await queue.getRanges(types, 0, -1)));
  return {
    add: (orders, attempts) =>
      onServer(link, async () => {
        for (let at = 0; at < orders.length; at += BATCH)
          await queue.addBulk(
            orders.slice(at, at + BATCH).map((order) => ({
              name: titleOf(order),
              data: order.job,
              // Tried again at once: a moment to come would be one of a clock, which differs from machine to machine.
              opts: { jobId: order.id, attempts, removeOnComplete: false, removeOnFail: false },
            })),
          );
      }),
    remove: (id) =>
      onServer(link, async () => {
        await queue.remove(id);
      }),
    alive: () => idsIn('active', 'waiting', 'delayed', 'prioritized'),
    completed: () => idsIn('completed'),
    failed: () => idsIn('failed'),
    verdict: (id) =>
      onServer(link, async (): Promise<JobVerdict> => {
        const job = await queue.getJob(id);
        const state = await job?.getState();
        if (job === undefined || (state !== 'completed' && state !== 'failed')) return { tag: 'running' };
        if (state === 'failed') return { tag: 'failed', why: failureOf(job) };
        const returned = decodeReturned(id, job.returnvalue);
        return E.isLeft(returned)
          ? { tag: 'unreadable', reason: describe(returned.left) }
          : { tag: 'completed', returned: returned.right };
      }),
    listen: async ({ ended, epoch }) => {
      events.on('completed', ({ jobId }) => {
        ended(jobId);
      });
      events.on('failed', ({ jobId }) => {
        ended(jobId);
      });
      events.on('progress', ({ jobId, data }) => {
        if (Progressed.is(data)) epoch(jobId, data.epoch);
      });
      await onServer(link, () => events.waitUntilReady());
      void events.run().catch(() => undefined);
    },
    close: async () => {
      await events.close().catch(() => undefined);
    },
  };
};
