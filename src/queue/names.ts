/** The names of things in Redis. One library and one backend have a queue of their own: no other worker can take its cells. */
import { randomBytes } from 'node:crypto';
import { fail } from '../core';
import { type QueueLink, onServer } from './link';
import { type Store } from './store';

/** What all of our keys begin with. */
export const PREFIX = 'proxprop';

/** The queues that there are, by their names. */
const QUEUES = `${PREFIX}:queues`;

export interface QueueName {
  readonly version: string;
  readonly backend: string;
}

export const queueText = ({ version, backend }: QueueName): string => `cells ${version} ${backend}`;

/** What a name says; nothing for another program's. */
export const queueNameOf = (name: string): QueueName | undefined => {
  const [, version, backend] = /^cells (\S+) (\S+)$/.exec(name) ?? [];
  return version === undefined || backend === undefined ? undefined : { version, backend };
};

export const queuesOn = (link: QueueLink): Promise<readonly QueueName[]> =>
  onServer(link, async () =>
    (await link.redis.smembers(QUEUES)).sort().flatMap((name) => {
      const parts = queueNameOf(name);
      return parts === undefined ? [] : [parts];
    }),
  );

export const addQueue = (link: QueueLink, queue: QueueName): Promise<void> =>
  onServer(link, async () => {
    await link.redis.sadd(QUEUES, queueText(queue));
  });

export const removeQueue = (link: QueueLink, queue: QueueName): Promise<void> =>
  onServer(link, async () => {
    await link.redis.srem(QUEUES, queueText(queue));
    await link.redis.del(markerKey(queue));
  });

/** How often the queue was drained: who follows cells that are gone can tell that from a server that lost them. */
const drainsKey = (queue: QueueName): string => `${PREFIX}:drains:${queueText(queue)}`;

export const drainsOf = (link: QueueLink, queue: QueueName): Promise<number> =>
  onServer(link, async () => Number((await link.redis.get(drainsKey(queue))) ?? 0));

export const countDrain = (link: QueueLink, queue: QueueName): Promise<void> =>
  onServer(link, async () => {
    await link.redis.incr(drainsKey(queue));
  });

const markerKey = (queue: QueueName): string => `${PREFIX}:marker:${queueText(queue)}`;

/** What marks are kept by: of a server two commands. */
interface MarkLink {
  readonly address: Pick<QueueLink['address'], 'shown'>;
  readonly redis: {
    readonly get: (key: string) => Promise<string | null>;
    readonly setnx: (key: string, value: string) => Promise<number>;
  };
}
type MarkStore = Pick<Store, 'put' | 'has' | 'remove' | 'shown'>;

const markName = (marker: string): string => `store-${marker}`;

/**
 * Make a mark in the store of a queue, so that workers can tell it from another. A `Fault` `options` where the queue has another store.
 * The mark lies in the store before the queue tells of it: a worker that looks in between would take the store for another.
 */
export const markStore = async (link: MarkLink, queue: QueueName, store: MarkStore): Promise<void> => {
  const key = markerKey(queue);
  if ((await onServer(link, () => link.redis.get(key))) === null) {
    const fresh = randomBytes(16).toString('hex');
    await store.put(markName(fresh), Buffer.from(fresh));
    if ((await onServer(link, () => link.redis.setnx(key, fresh))) === 1) return;
    // Another was first.
    await store.remove(markName(fresh));
  }
  await checkStore(link, queue, store);
};

/** A `Fault` `options` where the store is not that of the queue; nothing where the queue has none yet. */
export const checkStore = async (
  link: MarkLink,
  queue: QueueName,
  store: Pick<MarkStore, 'has' | 'shown'>,
): Promise<void> => {
  const marker = await onServer(link, () => link.redis.get(markerKey(queue)));
  if (marker !== null && !(await store.has(markName(marker))))
    fail('options', '--store', 'the store that the queue was begun with', store.shown);
};
