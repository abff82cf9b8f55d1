/** What a queue costs: simulated cells of a tenth of a second, by how many there are and how many workers. */
import { join } from 'node:path';
import { Report } from '../../src';
import { play } from './play';
import { startRedis } from './redisServer';
import { freePort } from './tools';

/** Milliseconds of a cell: one epoch. */
const CELL = 100;

export const playScaling = async (
  folder: string,
  sizes: readonly (readonly [cells: number, workers: number])[],
  say: (line: string) => void,
): Promise<void> => {
  const rows: string[][] = [];
  for (const [cells, workers] of sizes) {
    const redis = await startRedis(join(folder, `redis-${cells}-${workers}`), await freePort());
    try {
      const came = await play({
        cells,
        epochs: 1,
        workers,
        folder: join(folder, `grid-${cells}-${workers}`),
        url: `redis://127.0.0.1:${redis.port}`,
        simulation: { epoch: CELL },
      });
      const { cost } = came;
      if (came.code !== 0 || cost === undefined)
        throw new Error(`expected 0, found ${came.output.slice(-300)}`);
      // Workers start while the controller does: their first second is not one of the queue's.
      const overhead = (cost.seconds * workers) / cells - CELL / 1000;
      rows.push([
        `${cells}`,
        `${workers}`,
        cost.seconds.toFixed(1),
        (cells / cost.seconds).toFixed(1),
        (overhead * 1000).toFixed(0),
        (cost.commands / cells).toFixed(1),
        (cost.commands / cost.seconds).toFixed(0),
        cost.memory.toFixed(0),
        cost.heap.toFixed(0),
      ]);
      say(`${cells} cells, ${workers} workers: ${cost.seconds.toFixed(1)} s`);
    } finally {
      await redis.kill();
    }
  }
  say(
    Report.table(
      [
        'cells',
        'workers',
        'seconds',
        'cells/s',
        'overhead of a cell, ms',
        'commands of a cell (those in scripts too)',
        'commands/s',
        'controller, peak MiB',
        'its heap, MiB',
      ],
      rows,
    ),
  );
};
