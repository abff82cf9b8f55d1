/** A store in the Redis server of the queue itself, in pieces: for small networks, and for a first try. */
import { randomUUID } from 'node:crypto';
import { type QueueLink, onServer } from './link';
import { isName, type Shelf } from './store';

/** A server's memory is dear, and its copy on disk with it. */
const MOST = 2 ** 26;
/** Bytes of a message. */
const PIECE = 2 ** 19;
/** Seconds after which pieces go whose sender did not live to send the last. */
const ORPHAN = 3600;

const PREFIX = 'proxprop:store:';

export const redisShelf = (link: QueueLink): Shelf => {
  const { redis } = link;
  return {
    shown: link.address.shown,
    most: MOST,
    put: (name, bytes) =>
      onServer(link, async () => {
        const passing = `proxprop:sending:${randomUUID()}`;
        for (let at = 0, i = 0; at < bytes.length; at += PIECE, i++) {
          await redis.hset(passing, String(i), Buffer.from(bytes.subarray(at, at + PIECE)));
          if (i === 0) await redis.expire(passing, ORPHAN);
        }
        const done = await redis
          .multi()
          .rename(passing, PREFIX + name)
          .persist(PREFIX + name)
          .exec();
        const refused = done?.find(([problem]) => problem !== null)?.[0];
        if (refused) throw refused;
      }),
    get: (name, limit) =>
      onServer(link, async () => {
        const count = await redis.hlen(PREFIX + name);
        if (count === 0 || (count - 1) * PIECE > limit) return undefined;
        const pieces = await redis.hgetallBuffer(PREFIX + name);
        const bytes = Buffer.concat(
          Array.from({ length: count }, (_, i) => pieces[String(i)] ?? Buffer.alloc(0)),
        );
        return bytes.length > limit ? undefined : bytes;
      }),
    has: (name) => onServer(link, async () => (await redis.exists(PREFIX + name)) === 1),
    remove: (name) =>
      onServer(link, async () => {
        await redis.del(PREFIX + name);
      }),
    names: () =>
      onServer(link, async () => {
        const found = new Set<string>();
        let cursor = '0';
        do {
          const [next, keys] = await redis.scan(cursor, 'MATCH', `${PREFIX}*`, 'COUNT', 1000);
          for (const key of keys) found.add(key.slice(PREFIX.length));
          cursor = next;
        } while (cursor !== '0');
        return [...found].filter(isName);
      }),
  };
};
