/**
 * `npm run test:machines`: experiments across machines, on a Redis server of its own. Exit code 1 where something is lost, twice or torn.
 *
 *     npm run test:machines                         # all, twenty minutes
 *     npm run test:machines -- --quick              # each part once, small: two minutes
 *     npm run test:machines -- --only faults,hosts  # some parts
 *     npm run test:machines -- --scaling            # the table of costs alone, which wants a quiet machine
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { playCommands } from './commands';
import { type Cut, playCuts } from './cuts';
import { playDeaths } from './deaths';
import { playFaults } from './faults';
import { playHosts } from './hosts';
import { playIdentical, playResumed } from './identical';
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

/** A worker reconnects within two seconds, and has three quarters of its lock left at least. */
const CUTS: readonly Cut[] = [
  { how: 'refused', cut: 30, lock: 45 },
  { how: 'silent', cut: 30, lock: 55 },
  { how: 'refused', cut: 30, lock: 10 },
  { how: 'silent', cut: 30, lock: 10 },
];
/** After the lock of the second, another worker has time to end its own cell, and on a busy machine more, before the cut ends. */
const QUICK_CUTS: readonly Cut[] = [
  { how: 'refused', cut: 4, lock: 10 },
  { how: 'silent', cut: 12, lock: 3 },
];

const QUICK_SIZES = [[60, 2]] as const;
const SIZES = [
  [400, 1],
  [400, 2],
  [400, 4],
  [400, 8],
  [100, 8],
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
  { name: 'resumed', run: () => playResumed(at('resumed'), say) },
  { name: 'commands', run: () => playCommands(at('commands'), say) },
  { name: 'stores', run: (quick) => playStores(at('stores'), quick, say) },
  { name: 'deaths', run: () => playDeaths(at('deaths'), say) },
  { name: 'cuts', run: (quick) => playCuts(at('cuts'), quick ? QUICK_CUTS : CUTS, say) },
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
        // So many that a fast machine has not ended them before the last fault.
        cells: quick ? 24 : 80,
        epochs: quick ? 10 : 16,
        faults: quick ? 13 : 50,
        longest: quick ? 8 : 30,
        seed: 20_260_101,
        folder: at('faults'),
        say,
      }),
  },
];

/** Parts mostly wait, and these go on beside each other and beside the others where time is short. More at once would wait for processors. */
const LANES = [
  ['faults', 'deaths'],
  ['cuts', 'hosts', 'stores', 'scaling'],
];

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, scaling: { type: 'boolean' }, only: { type: 'string' } },
  });
  const only = values.scaling === true ? ['scaling'] : values.only?.split(',');
  const unknown = only?.filter((name) => !parts.some((part) => part.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `--only: expected some of ${parts.map(({ name }) => name).join(', ')}, found ${unknown.join(', ')}`,
    );
    process.exit(2);
  }
  const chosen = parts.filter(({ name }) => only?.includes(name) ?? true);
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
  const inTurn = async (some: readonly Part[]): Promise<void> => {
    for (const part of some) await play(part);
  };
  const among = (names: readonly string[]): readonly Part[] =>
    chosen.filter(({ name }) => names.includes(name));
  if (quick) {
    const others = chosen.filter(({ name }) => !LANES.flat().includes(name));
    await Promise.all([...LANES.map(among), others].map(inTurn));
  } else await inTurn(chosen);
  process.exit(failed === 0 ? 0 : 1);
};

void main();
