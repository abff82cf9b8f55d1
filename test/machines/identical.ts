/** One real experiment by the command line: on one machine and through a queue, in the same bytes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedData } from '../../examples/support/cli';
import { contentOf } from '../experiment/content';
import { small } from '../experiment/small';
import { startRedis } from './redisServer';
import { differences, filesBelow, freePort, root, type Running, startScript } from './tools';

const proxprop = (...words: readonly string[]): Running =>
  startScript(join(root, 'cli', 'index.ts'), words, { PROXPROP_DATA: '' });

const ended = async (running: Running): Promise<void> => {
  const code = await running.ended;
  if (code !== 0) throw new Error(`expected 0, found ${code}: ${running.output().slice(-500)}`);
};

/** `pools`: numbers of workers on one machine, of which the first is what the others are compared with; `queues`: of workers of a queue. */
export const playIdentical = async (
  folder: string,
  { pools, queues }: { readonly pools: readonly number[]; readonly queues: readonly number[] },
  say: (line: string) => void,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'small.json');
  writeFileSync(config, JSON.stringify(small()));
  const common = ['--data', embeddedData, '--threads', '2'];
  const out = (name: string): string => join(folder, name);
  for (const workers of pools)
    await ended(
      proxprop('run', config, '--out', out(`pool-${workers}`), '--workers', `${workers}`, ...common),
    );
  const first = out(`pool-${pools[0] ?? 1}`);
  const runs = pools.slice(1).map((workers) => `pool-${workers}`);
  for (const workers of queues) {
    // A server of its own: cells are not trained twice on one.
    const redis = await startRedis(join(folder, `redis-${workers}`), await freePort());
    const queue = ['--queue', `redis://127.0.0.1:${redis.port}`];
    const working = Array.from({ length: workers }, () => proxprop('worker', ...queue, ...common));
    try {
      await ended(proxprop('run', config, '--out', out(`queue-${workers}`), ...queue, ...common));
      runs.push(`queue-${workers}`);
    } finally {
      for (const one of working) one.kill('SIGTERM');
      await Promise.all(working.map((one) => one.ended));
      await redis.kill();
    }
  }
  for (const name of runs) {
    const wrong = differences(first, out(name), contentOf);
    if (wrong.length > 0)
      throw new Error(`${name}: expected equal folders, found ${wrong.slice(0, 5).join('; ')}`);
    say(`${name}: ${filesBelow(first).length} files equal to those of pool-${pools[0] ?? 1}, seconds aside`);
  }
};
