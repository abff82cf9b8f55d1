/** A connection to Redis that is known to work, and goes on by itself after whatever cuts it. */
import type { Redis } from 'ioredis';
import { attemptTask, fail, oneLine, shortened } from '../core';
import { queueAddress, type Address, type Login } from './address';
import { type Engine, loadEngine } from './packages';

/** What connections are made with. */
interface Options extends Login {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls?: { readonly servername: string };
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number | null;
}

export interface QueueLink {
  readonly engine: Engine;
  readonly address: Address;
  /** For all commands that do not wait. */
  readonly redis: Redis;
  /** For connections of BullMQ's own. */
  readonly options: Options;
  readonly close: () => void;
}

/** How long a connection may take, and how long a command is waited for before the connection counts as cut. */
export interface Patience {
  readonly connect: number;
  /** Longer than BullMQ waits for a job at a time, which is five seconds. */
  readonly silence: number;
}

export const PATIENCE: Patience = { connect: 10_000, silence: 15_000 };

/** Between attempts to connect again. */
const LONGEST_WAIT = 2000;

const LONGEST_WORDS = 120;

/** What a server says of who asks, in our words. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^NOAUTH/, 'one that asks for a password (PROXPROP_REDIS_PASSWORD)'],
  [/^WRONGPASS|without any password configured/, 'one that refuses the user or the password'],
];

/** What ioredis threw, in words: it lays a command with its arguments beside its errors, but not into their texts. */
export const wordsOf = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const ours = REFUSALS.find(([pattern]) => pattern.test(text))?.[1];
  if (ours !== undefined) return ours;
  return shortened(oneLine(text), LONGEST_WORDS);
};

const optionsOf = (
  { host, port, db, tls }: Address,
  login: Login,
  { connect, silence }: Patience,
): Options => ({
  ...login,
  host,
  port,
  db,
  ...(tls ? { tls: { servername: host } } : {}),
  connectTimeout: connect,
  socketTimeout: silence,
  // Commands wait for the connection, however long that is away.
  maxRetriesPerRequest: null,
  retryStrategy: (times) => Math.min(times * 200, LONGEST_WAIT),
});

const ANSWERS = 'a Redis server that answers';

/** Ask once, so that a wrong address or password is told at once. */
const probe = async ({ Redis }: Engine, options: Options, shown: string): Promise<void> => {
  const redis = new Redis({ ...options, lazyConnect: true, retryStrategy: () => null });
  let last: unknown;
  redis.on('error', (thrown: unknown) => {
    last = thrown;
  });
  try {
    await redis.connect();
    const server = await redis.info();
    const policy = /maxmemory_policy:(\S+)/.exec(server)?.[1] ?? 'noeviction';
    if (policy !== 'noeviction')
      fail('file', shown, 'a server that forgets nothing (maxmemory-policy noeviction)', policy);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'Fault') throw thrown;
    fail('file', shown, ANSWERS, wordsOf(last ?? thrown));
  } finally {
    redis.disconnect();
  }
};

/**
 * Connect to the server of an address. Left: `options` for an address that is none; `file` for packages that are missing, and for a server
 * that does not answer, refuses the password, or may forget what it is given.
 */
export const connect = (url: string, login: Login, patience: Patience = PATIENCE) =>
  attemptTask(async (): Promise<QueueLink> => {
    const address = queueAddress(url);
    const engine = await loadEngine();
    const options = optionsOf(address, login, patience);
    await probe(engine, options, address.shown);
    const redis = new engine.Redis(options);
    // It connects again by itself; what waits for it goes on then.
    redis.on('error', () => undefined);
    return {
      engine,
      address,
      redis,
      options,
      close: () => {
        redis.disconnect();
      },
    };
  });

/** Run commands. Throws what the server refuses as a `Fault` `file`. */
export const onServer = async <A>(
  { address }: { readonly address: Pick<Address, 'shown'> },
  f: () => Promise<A>,
): Promise<A> => {
  try {
    return await f();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'Fault') throw thrown;
    return fail('file', address.shown, 'a Redis server that takes commands', wordsOf(thrown));
  }
};
