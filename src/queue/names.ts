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

/** Make a mark in the store of a queue, so that workers can tell it from another. A `Fault` `options` where the queue has another store. */
export const markStore = async (link: QueueLink, queue: QueueName, store: Store): Promise<void> => {
  const fresh = randomBytes(16).toString('hex');
  const marker = await onServer(link, async () => {
    await link.redis.setnx(markerKey(queue), fresh);
    return (await link.redis.get(markerKey(queue))) ?? fresh;
  });
  if (marker === fresh) await store.put(`store-${marker}`, Buffer.from(marker));
  else await checkStore(link, queue, store);
};

/** A `Fault` `options` where the store is not that of the queue; nothing where the queue has none yet. */
export const checkStore = async (link: QueueLink, queue: QueueName, store: Store): Promise<void> => {
  const marker = await onServer(link, () => link.redis.get(markerKey(queue)));
  if (marker !== null && !(await store.has(`store-${marker}`)))
    fail('options', '--store', 'the store that the queue was begun with', store.shown);
};
