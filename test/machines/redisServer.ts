/** A Redis server of the tests' own, with an append-only file, which can be killed and started again. */
import { mkdirSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Running, start, until, works } from './tools';

/** Install the server where it is missing. */
export const haveRedis = (): void => {
  if (works('redis-server', '--version')) return;
  if (!works('apt-get', 'install', '-y', 'redis-server')) {
    works('apt-get', 'update');
    works('apt-get', 'install', '-y', 'redis-server');
  }
  if (!works('redis-server', '--version'))
    throw new Error('expected redis-server, found none (apt-get install redis-server)');
};

export interface RedisServer {
  readonly port: number;
  readonly kill: () => Promise<void>;
  /** Without so many of the last bytes of its append-only file, as after a power cut. */
  readonly restart: (lost?: number) => Promise<void>;
}

/** Whether anyone listens there: asked once more for each wait. */
const listens = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });

/** Cut the end off the newest append-only file. */
const shorten = (folder: string, lost: number): void => {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.incr.aof'))
    .sort((a, b) => Number(/(\d+)\.incr/.exec(b)?.[1]) - Number(/(\d+)\.incr/.exec(a)?.[1]))
    .map((name) => join(folder, name))[0];
  if (newest !== undefined) truncateSync(newest, Math.max(0, statSync(newest).size - lost));
};

export const startRedis = async (
  folder: string,
  port: number,
  more: readonly string[] = [],
  { host = '127.0.0.1', before = [] as readonly string[], tls = false, outside = false } = {},
): Promise<RedisServer> => {
  mkdirSync(folder, { recursive: true });
  const words = [...before, 'redis-server'];
  const begin = async (): Promise<Running> => {
    const server = start('env', [
      ...words,
      ...(tls ? ['--tls-port', String(port), '--port', '0'] : ['--port', String(port)]),
      ...['--bind', host, '--dir', folder, '--appendonly', 'yes', '--save', ''],
      ...more,
    ]);
    // From outside of a network of its own, its port cannot be asked.
    if (outside) await until('redis-server', () => server.output().includes('Ready to accept'), 20);
    else await until('redis-server', () => listens(host, port), 20);
    return server;
  };
  let server = await begin();
  const kill = async (): Promise<void> => {
    server.kill();
    await server.ended;
  };
  return {
    port,
    kill,
    restart: async (lost = 0) => {
      await kill();
      if (lost > 0) shorten(join(folder, 'appendonlydir'), lost);
      server = await begin();
    },
  };
};
