/** Real experiments by the command line: on one machine and through a queue, in the same bytes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { embeddedData } from '../../examples/support/cli';
import { type TrainingConfig } from '../../src/experiment';
import { contentOf } from '../experiment/content';
import { small } from '../experiment/small';
import { startRedis } from './redisServer';
import { differences, filesBelow, freePort, root, type Running, startScript, until } from './tools';

type Say = (line: string) => void;

const proxprop = (...words: readonly string[]): Running =>
  startScript(join(root, 'cli', 'index.ts'), words, { PROXPROP_DATA: '' });

const ended = async (running: Running): Promise<void> => {
  const code = await running.ended;
  if (code !== 0) throw new Error(`expected 0, found ${code}: ${running.output().slice(-500)}`);
};

/** A grid, a seeded random search that is cut short by successive halving, and a cell that diverges. */
const experiment = (): TrainingConfig => ({
  ...small(),
  tuning: { epochs: 4, seed: 7, halving: { from: 1, factor: 2 } },
  methods: [
    ...small().methods,
    {
      name: 'searched',
      schedule: { type: 'backprop' },
      optimizer: { type: 'nesterov', rate: 0.1 },
      search: {
        count: 4,
        seed: 3,
        space: { 'optimizer.rate': { type: 'logUniform', from: 0.001, to: 1 } },
      },
    },
  ],
});

const common = ['--data', embeddedData, '--threads', '1'] as const;

const expectEqual = (first: string, other: string, name: string): void => {
  const wrong = differences(first, other, contentOf);
  if (wrong.length > 0)
    throw new Error(`${name}: expected equal folders, found ${wrong.slice(0, 5).join('; ')}`);
};

/** Cells that workers have said to have trained. */
const trainedBy = (workers: readonly Running[]): number =>
  workers.reduce((sum, one) => sum + (one.output().match(/: (done|diverged)$/gm)?.length ?? 0), 0);

/** `pools`: numbers of workers on one machine, of which the first is what the others are compared with; `queues`: of workers of a queue. */
export const playIdentical = async (
  folder: string,
  { pools, queues }: { readonly pools: readonly number[]; readonly queues: readonly number[] },
  say: Say,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'small.json');
  writeFileSync(config, JSON.stringify(experiment()));
  const out = (name: string): string => join(folder, name);
  for (const workers of pools)
    await ended(
      proxprop('run', config, '--out', out(`pool-${workers}`), '--workers', `${workers}`, ...common),
    );
  const first = out(`pool-${pools[0] ?? 1}`);
  const compare = (name: string, more = ''): void => {
    expectEqual(first, out(name), name);
    say(
      `${name}: ${filesBelow(first).length} files equal to those of pool-${pools[0] ?? 1}, seconds aside${more}`,
    );
  };
  for (const workers of pools.slice(1)) compare(`pool-${workers}`);
  for (const workers of queues) {
    // A server of its own: cells are not trained twice on one.
    const redis = await startRedis(join(folder, `redis-${workers}`), await freePort());
    const queue = ['--queue', `redis://127.0.0.1:${redis.port}`];
    const working = Array.from({ length: workers }, () => proxprop('worker', ...queue, ...common));
    try {
      await ended(proxprop('run', config, '--out', out(`queue-${workers}`), ...queue, ...common));
      const trained = trainedBy(working);
      compare(`queue-${workers}`, `; ${trained} cells trained`);
      await ended(proxprop('run', config, '--out', out(`again-${workers}`), ...queue, ...common));
      const more = trainedBy(working) - trained;
      if (more > 0) throw new Error(`expected no cell to be trained a second time, found ${more}`);
      compare(`again-${workers}`, '; the same grid in another folder, and no cell trained again');
    } finally {
      for (const one of working) one.kill('SIGTERM');
      await Promise.all(working.map((one) => one.ended));
      await redis.kill();
    }
  }
};

/** Cells that are long enough to be killed in. */
const long = (): TrainingConfig => {
  const { tuning: _tuning, target: _target, ...rest } = small();
  return {
    ...rest,
    seeds: [1],
    epochs: 120,
    checkpointEvery: 1,
    methods: [
      { name: 'backprop', schedule: { type: 'backprop' }, optimizer: { type: 'nesterov', rate: 0.01 } },
      {
        name: 'ProxProp',
        schedule: { type: 'proxprop', solver: 'cg3' },
        optimizer: { type: 'adam', rate: 0.001 },
      },
    ],
  };
};

/** Both workers are killed in the middle of real trainings: two others go on from the last checkpoints. */
export const playResumed = async (folder: string, say: Say): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'small.json');
  writeFileSync(config, JSON.stringify(long()));
  const [alone, queued] = [join(folder, 'alone'), join(folder, 'queued')];
  const whole = proxprop('run', config, '--out', alone, ...common);
  const redis = await startRedis(join(folder, 'redis'), await freePort());
  const queue = ['--queue', `redis://127.0.0.1:${redis.port}`];
  const two = (): readonly Running[] =>
    [1, 2].map(() => proxprop('worker', ...queue, '--lock', '3', ...common));
  const client = new Redis({ port: redis.port });
  let working = two();
  try {
    await ended(whole);
    const controller = proxprop('run', config, '--out', queued, ...queue, ...common);
    await until('checkpoints of both cells', async () => {
      if (trainedBy(working) > 0) throw new Error('expected cells that are long enough to be killed in');
      return (await client.keys('proxprop:store:progress-*')).length === 2;
    });
    for (const one of working) one.kill('SIGKILL');
    await setTimeout(100);
    working = two();
    await ended(controller);
    const resumed = working.reduce(
      (sum, one) => sum + (one.output().match(/: goes on from the last checkpoint$/gm)?.length ?? 0),
      0,
    );
    if (resumed !== 2) throw new Error(`expected two cells that go on, found ${resumed}`);
    expectEqual(alone, queued, 'resumed');
    say(
      `both workers killed -9 in their cells: others went on from ${resumed} checkpoints, ${filesBelow(alone).length} files equal to those of one machine, seconds aside`,
    );
  } finally {
    for (const one of working) one.kill('SIGTERM');
    await Promise.all(working.map((one) => one.ended));
    client.disconnect();
    await redis.kill();
  }
};
