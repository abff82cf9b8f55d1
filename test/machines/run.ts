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
import { playCommands } from './commands';
import { playFaults } from './faults';
import { playHosts } from './hosts';
import { playIdentical } from './identical';
import { haveRedis } from './redisServer';
import { playScaling } from './scaling';
import { playSecurity, playStores } from './stores';
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

const at = (name: string): string => join(folder, name);

const QUICK_SIZES = [[60, 2]] as const;
const SIZES = [
  [100, 1],
  [100, 8],
  [1000, 1],
  [1000, 2],
  [1000, 4],
  [1000, 8],
  [10_000, 8],
] as const;

const parts: readonly Part[] = [
  {
    name: 'identical',
    run: (quick) =>
      playIdentical(
        at('identical'),
        quick ? { pools: [1], queues: [1] } : { pools: [1, 2], queues: [1, 2, 4] },
        say,
      ),
  },
  { name: 'commands', run: () => playCommands(at('commands'), say) },
  { name: 'stores', run: (quick) => playStores(at('stores'), quick, say) },
  { name: 'security', run: () => playSecurity(at('security'), say) },
  {
    name: 'hosts',
    run: (quick) =>
      playHosts(
        at('hosts'),
        quick ? { cells: 12, epochs: 6, cut: 7 } : { cells: 40, epochs: 10, cut: 30 },
        say,
      ),
  },
  { name: 'scaling', run: (quick) => playScaling(at('scaling'), quick ? QUICK_SIZES : SIZES, say) },
  {
    name: 'faults',
    run: (quick) =>
      playFaults({
        cells: quick ? 16 : 60,
        epochs: quick ? 10 : 16,
        faults: quick ? 10 : 50,
        seed: 20_260_101,
        folder: at('faults'),
        say,
      }),
  },
];

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
  const chosen = parts.filter(({ name }) => values.only?.split(',').includes(name) ?? true);
  for (const { name } of chosen) rmSync(at(name), { recursive: true, force: true });
  rmSync(log, { force: true });
  mkdirSync(folder, { recursive: true });
  haveRedis();
  const quick = values.quick === true;
  let failed = 0;
  const play = async ({ name, run }: Part): Promise<void> => {
    const began = performance.now();
    try {
      await run(quick);
      say(`ok: ${name} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
    } catch (thrown) {
      failed += 1;
      say(`FAILED: ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  const [faults, others] = [
    chosen.filter(({ name }) => name === 'faults'),
    chosen.filter(({ name }) => name !== 'faults'),
  ];
  const one = async (some: readonly Part[]): Promise<void> => {
    for (const part of some) await play(part);
  };
  // Faults are mostly waited for.
  if (quick) await Promise.all([one(faults), one(others)]);
  else await one([...others, ...faults]);
  process.exit(failed === 0 ? 0 : 1);
};

void main();
