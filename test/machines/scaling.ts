/** What a queue costs: simulated cells of a tenth of a second, by how many there are and how many workers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Report } from '../../src';
import { play } from './play';
import { startRedis } from './redisServer';
import { freePort } from './tools';

/** Milliseconds of a cell: one epoch. */
const CELL = 100;

const HEADER = [
  'cells',
  'workers',
  'seconds',
  'cells/s',
  'overhead of a cell, ms',
  'messages of a cell',
  'messages/s',
  'commands of a cell',
  'kB of a cell',
  'controller, CPU ms of a cell',
  'controller, peak MiB',
  'its heap, MiB',
];

/** The overhead of a cell is `seconds · workers / cells` less the tenth of a second that it trains. */
export const playScaling = async (
  folder: string,
  sizes: readonly (readonly [cells: number, workers: number])[],
  say: (line: string) => void,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const rows: string[][] = [];
  for (const [cells, workers] of sizes) {
    const redis = await startRedis(join(folder, `redis-${cells}-${workers}`), await freePort());
    try {
      const came = await play({
        cells,
        epochs: 1,
        workers,
        patient: true,
        folder: join(folder, `grid-${cells}-${workers}`),
        url: `redis://127.0.0.1:${redis.port}`,
        simulation: { epoch: CELL },
      });
      const { cost } = came;
      if (came.code !== 0 || cost === undefined)
        throw new Error(`expected 0, found ${came.output.slice(-300)}`);
      const { seconds } = cost;
      const overhead = (seconds * workers) / cells - CELL / 1000;
      rows.push([
        `${cells}`,
        `${workers}`,
        seconds.toFixed(1),
        (cells / seconds).toFixed(1),
        (overhead * 1000).toFixed(0),
        (cost.messages / cells).toFixed(1),
        (cost.messages / seconds).toFixed(0),
        (cost.commands / cells).toFixed(0),
        (cost.bytes / cells / 1000).toFixed(1),
        ((cost.processor * 1000) / cells).toFixed(1),
        cost.memory.toFixed(0),
        cost.heap.toFixed(0),
      ]);
      say(`${cells} cells, ${workers} workers: ${seconds.toFixed(1)} s`);
    } finally {
      await redis.kill();
    }
  }
  const table = Report.table(HEADER, rows);
  writeFileSync(join(folder, 'scaling.md'), `${table}\n`);
  say(`cells of ${CELL} ms, ${cpus().length} cores for workers, controller and server together\n${table}`);
};
