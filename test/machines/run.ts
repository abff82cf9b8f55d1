/**
 * `npm run test:machines`: experiments across machines, on a Redis server of its own. Exit code 1 where something is lost, twice or torn.
 *
 *     npm run test:machines                         # all, a quarter of an hour
 *     npm run test:machines -- --quick              # each part once, small: a minute and a half
 *     npm run test:machines -- --only faults,hosts  # some parts
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { haveRedis } from './redisServer';
import { playFaults } from './faults';
import { root } from './tools';

const folder = join(root, 'runs', 'machines');
const log = join(folder, 'log.txt');

const say = (line: string): void => {
  console.log(line);
  appendFileSync(log, `${line}\n`);
};

interface Part {
  readonly name: string;
  readonly run: (quick: boolean) => Promise<void>;
}

const parts: readonly Part[] = [
  {
    name: 'faults',
    run: (quick) =>
      playFaults({
        cells: quick ? 16 : 60,
        epochs: quick ? 10 : 16,
        faults: quick ? 10 : 50,
        seed: 20_260_101,
        folder: join(folder, 'faults'),
        say,
      }),
  },
];

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
  const chosen = parts.filter(({ name }) => values.only?.split(',').includes(name) ?? true);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  haveRedis();
  let failed = 0;
  for (const { name, run } of chosen) {
    const began = performance.now();
    try {
      await run(values.quick === true);
      say(`ok: ${name} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
    } catch (thrown) {
      failed += 1;
      say(`FAILED: ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  process.exit(failed === 0 ? 0 : 1);
};

void main();
