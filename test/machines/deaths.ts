/** A cell that kills whoever trains it: after so many deaths it counts as one that nobody can train, and all others end. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MOST_DEATHS } from '../../src/queue/failure';
import { cellsIn, trainAlone, writeGrid } from './grid';
import { play } from './play';
import { startRedis } from './redisServer';
import { digest } from './simulated';
import { differences, freePort, root, startScript, supervised, until } from './tools';

const CELLS = 6;
const EPOCHS = 3;
/** Deaths more or fewer than locks that ran out. */
const SLACK = 3;

export const playDeaths = async (folder: string, say: (line: string) => void): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis(join(folder, 'redis'), await freePort());
  const url = `redis://127.0.0.1:${redis.port}`;
  const config = join(folder, 'grid.json');
  writeGrid(config, CELLS, EPOCHS);
  const [deadly] = await cellsIn(config);
  if (deadly === undefined) throw new Error('no cell');
  let deaths = 0;
  try {
    const came = await play({
      cells: CELLS,
      epochs: EPOCHS,
      workers: 0,
      lock: 3,
      folder: join(folder, 'grid'),
      url,
      simulation: { deadly: digest(deadly) },
      meanwhile: async (controller, start) => {
        const two = [supervised(() => start()), supervised(() => start())];
        await until('the report of the cell', () => !controller.alive(), 300);
        await Promise.all(two.map((one) => one.end()));
        deaths = two.reduce((sum, one) => sum + one.deaths(), 0);
      },
    });
    const line = came.output.trim().split('\n').at(-1) ?? '';
    const most = MOST_DEATHS + 1;
    // On a busy machine a lock may run out before its worker dies, or two workers may die of one cell at a time.
    if (
      came.code === 0 ||
      Math.abs(deaths - most) > SLACK ||
      !line.includes(`found ${most} workers that died in it`)
    )
      throw new Error(`expected ${most} deaths that are reported, found ${deaths}: ${line}`);
    const alone = join(folder, 'alone');
    await trainAlone(came.config, alone, came.simulation);
    rmSync(join(alone, 'cells', deadly.id), { recursive: true });
    const wrong = differences(alone, came.out);
    if (wrong.length > 0)
      throw new Error(`expected the files of ${CELLS - 1} cells, found ${wrong.slice(0, 5).join('; ')}`);
    say(
      `a cell that kills each worker: ${deaths} deaths, ${CELLS - 1} other cells with equal files; ${line}`,
    );
    const status = startScript(join(root, 'cli', 'index.ts'), ['queue', 'status', '--queue', url]);
    await status.ended;
    if (!status.output().includes(`${most} workers that died in it`))
      throw new Error(`expected a status that says why, found ${status.output()}`);
  } finally {
    await redis.kill();
  }
};
