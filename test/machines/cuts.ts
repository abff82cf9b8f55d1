/** The network of one of two workers is cut, for less than its lock and for more: a proxy in front of Redis stops forwarding. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { play } from './play';
import { proxyTo } from './proxy';
import { startRedis } from './redisServer';
import { asAlone } from './stores';
import { freePort, type Running, until } from './tools';

export interface Cut {
  /** `refused`: connections break; `silent`: nothing arrives, and nobody is told. */
  readonly how: 'refused' | 'silent';
  /** Seconds. */
  readonly cut: number;
  readonly lock: number;
}

/** What a worker has said of cells that begin with these words. */
const lines = (worker: Running, pattern: RegExp): number =>
  worker
    .output()
    .split('\n')
    .filter((line) => pattern.test(line)).length;

/**
 * Cells of two seconds. A cut that is shorter than three quarters of the lock costs nobody a cell: each is trained by one worker. After a
 * longer one the cell is trained by another too, and its result counts once.
 */
export const playCuts = async (
  folder: string,
  cuts: readonly Cut[],
  say: (line: string) => void,
): Promise<void> => {
  for (const [i, { how, cut, lock }] of cuts.entries()) {
    const redis = await startRedis(join(folder, `redis-${i}`), await freePort());
    const proxy = await proxyTo(redis.port);
    const cells = 2 * Math.ceil((cut + lock) / 4) + 6;
    let two: readonly Running[] = [];
    try {
      const came = await play({
        cells,
        epochs: 5,
        // One of them behind the proxy; both wait for cells, so that neither comes when all are taken.
        workers: [{ url: `redis://127.0.0.1:${proxy.port}` }, {}],
        patient: true,
        lock,
        folder: join(folder, `grid-${i}`),
        url: `redis://127.0.0.1:${redis.port}`,
        simulation: { epoch: 400, diverging: 8 },
        meanwhile: async (controller, _, workers) => {
          two = workers;
          await until('a cell of each worker', () =>
            two.every((one) => lines(one, /: (done|diverged)$/) > 0),
          );
          // In the middle of a cell: between two there would be none for the other to take up.
          const ended = (): number =>
            two.slice(0, 1).reduce((n, one) => n + lines(one, /: (done|diverged)$/), 0);
          const before = ended();
          await until('the next cell behind the proxy', () => ended() > before);
          await setTimeout(700);
          proxy.cut(how);
          await setTimeout(cut * 1000);
          proxy.mend();
          await controller.ended;
        },
      });
      await asAlone(came);
      const trained = two.reduce((sum, one) => sum + lines(one, /: (done|diverged)$/), 0);
      const taken = two.reduce((sum, one) => sum + lines(one, /: taken up by another worker$/), 0);
      const short = cut < (3 / 4) * lock;
      if (short && (trained !== cells || taken > 0))
        throw new Error(`expected each of ${cells} cells by one worker, found ${trained}, ${taken} taken up`);
      if (!short && trained + taken <= cells)
        throw new Error(`expected a cell that another worker takes up, found ${trained}, ${taken} taken up`);
      say(
        `network cut (${how}) for ${cut} s, lock ${lock} s: ${cells} cells, equal files; ${trained} trainings ended, ${taken} given up for another worker's`,
      );
    } finally {
      proxy.close();
      await redis.kill();
    }
  }
};
