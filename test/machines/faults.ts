/**
 * A grid whose workers, controller, server and network fail again and again: in the end every cell is there once, and the folder is the
 * one that a machine without faults makes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { embeddedData } from '../../examples/support/cli';
import { Report } from '../../src';
import { version } from '../../src/experiment';
import { queueText } from '../../src/queue';
import { type ControllerSetting } from './controller';
import { trainAlone, writeGrid } from './grid';
import { type Proxy, proxyTo } from './proxy';
import { type RedisServer, startRedis } from './redisServer';
import { type Simulation } from './simulated';
import { differences, filesBelow, freePort, randomFrom, type Running, startSimulated, until } from './tools';
import { type WorkerSetting } from './worker';

/** Seconds of a lock: short, so that a cut can be longer than it. */
const LOCK = 2;
/** A connection that is silent so long counts as cut, in milliseconds: longer than BullMQ waits for a job at a time. */
const SILENCE = 6500;
const WORKERS = 3;
/** KiB of a worker's disk: room for a few metrics, and not for a checkpoint. */
const SMALL_DISK = 16;
/** Bytes of a checkpoint. */
const CHECKPOINT = 40_000;

export interface Game {
  readonly cells: number;
  readonly epochs: number;
  readonly faults: number;
  /** Seconds of the longest cut: more than a connection may be silent. */
  readonly longest: number;
  readonly seed: number;
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What can be done to a grid. */
interface Table {
  readonly worker: (more?: Partial<WorkerSetting>, before?: readonly string[]) => Running;
  readonly workers: (Running | undefined)[];
  readonly redis: RedisServer;
  readonly client: Redis;
  readonly proxy: Proxy;
  readonly state: { controller: Running };
  readonly controller: () => Running;
  readonly random: () => number;
  readonly folder: string;
}

/** What a worker says of a cell that another has begun. */
const RESUMED = /goes on from the last checkpoint/g;

/** Does its harm, sees to it that what has to be refused is, and tells what it did. */
type Fault = (table: Table) => Promise<string>;

const refusal = async (running: Running, words: string): Promise<string> => {
  await Promise.race([running.ended, setTimeout(30_000)]);
  const output = running.output();
  if (running.alive() || !output.includes(words)) {
    running.kill();
    throw new Error(`expected a worker that refuses (${words}), found ${output}`);
  }
  return output.trim().split('\n').at(-1) ?? '';
};

const cutFor =
  (how: 'refused' | 'silent', seconds: number): Fault =>
  async ({ proxy }) => {
    proxy.cut(how);
    await setTimeout(seconds * 1000);
    proxy.mend();
    return `network cut (${how}) for ${seconds} s, the lock being ${LOCK} s`;
  };

type Faults = { readonly [name: string]: Fault };

const FAULTS: Faults = {
  'worker killed': ({ workers, worker, random }) => {
    const i = Math.floor(random() * workers.length);
    workers[i]?.kill();
    // Another takes its place, as an init system sees to.
    workers[i] = worker();
    return Promise.resolve(`worker ${i} killed -9, another started`);
  },
  'controller killed': async ({ state, controller }) => {
    state.controller.kill();
    await state.controller.ended;
    state.controller = controller();
    return 'controller killed -9, another started';
  },
  'server killed': async ({ redis }) => {
    await redis.restart();
    return 'Redis killed -9, started again on its append-only file';
  },
  'server loses': async ({ redis, random }) => {
    const lost = Math.round(20_000 + random() * 100_000);
    await redis.restart(lost);
    return `Redis killed -9, started again without the last ${lost} bytes of its append-only file`;
  },
  'short cut': cutFor('refused', 1),
  'long cut': cutFor('refused', 2 * LOCK),
  'silent cut': cutFor('silent', 2 * LOCK),
  'other version': async ({ worker }) =>
    `worker of another version: ${await refusal(worker({ version: '0.0.9' }), 'expected a worker of proxprop')}`,
  'no data': ({ worker, workers, random }) => {
    const i = Math.floor(random() * workers.length);
    workers[i]?.kill('SIGTERM');
    workers[i] = worker({ data: join('no', 'such', 'folder') });
    return Promise.resolve(
      `worker ${i} ended by SIGTERM, another started without the data, which it fetches`,
    );
  },
  'data nowhere': async ({ worker, client }) => {
    let key = '';
    await until('data in the store', async () => {
      [key = ''] = await client.keys('proxprop:store:data-*');
      return key !== '';
    });
    await client.rename(key, 'away');
    try {
      const line = await refusal(worker({ data: join('no', 'such', 'folder') }), 'in the store: none');
      return `worker without the data, which the store lacks too: ${line}`;
    } finally {
      await client.rename('away', key);
    }
  },
  'disk full': async ({ worker, folder }) => {
    const disk = join(folder, 'small-disk');
    mkdirSync(disk, { recursive: true });
    const mounted =
      spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}k`, 'tmpfs', disk]).status === 0;
    // Where nothing can be mounted, a file that may not grow is as much as can be had.
    if (!mounted)
      return `disk full: ${await refusal(worker({ scratch: disk }, ['prlimit', `--fsize=${SMALL_DISK * 1024}`]), 'EFBIG')}`;
    try {
      return `disk full: ${await refusal(worker({ scratch: disk }), 'ENOSPC')}`;
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  },
  'clock wrong': ({ worker, workers, random }) => {
    const i = Math.floor(random() * workers.length);
    const hours = random() < 0.5 ? -5 : 5;
    const after = random() < 0.5 ? 0 : 2000;
    workers[i]?.kill();
    workers[i] = worker({ skew: hours * 3_600_000, skewAfter: after });
    return Promise.resolve(
      `worker ${i} killed -9, another started whose clock is ${hours} h wrong${after === 0 ? '' : ` from its second ${after / 1000} on`}`,
    );
  },
};

/** Each kind once, in a random order, then any: so many. */
const drawn = (kinds: readonly string[], count: number, random: () => number): readonly string[] => {
  const order = [...kinds].sort(() => random() - 0.5);
  return Array.from(
    { length: count },
    (_, i) => order[i] ?? kinds[Math.floor(random() * kinds.length)] ?? '',
  );
};

/** How many jobs stand in each set, which must each be there once. */
const jobsOf = async (port: number): Promise<{ readonly completed: number; readonly other: number }> => {
  const redis = new Redis({ port });
  const key = (set: string): string =>
    `proxprop:${queueText({ version: version(), backend: 'wasm' })}:${set}`;
  try {
    const [wait, active, failed] = [
      await redis.llen(key('wait')),
      await redis.llen(key('active')),
      await redis.zcard(key('failed')),
    ];
    return { completed: await redis.zcard(key('completed')), other: wait + active + failed };
  } finally {
    redis.disconnect();
  }
};

/** Play a game; throws where a cell is lost, twice or torn. */
export const playFaults = async ({
  cells,
  epochs,
  faults,
  longest,
  seed,
  folder,
  say,
}: Game): Promise<void> => {
  const kinds: Faults = { ...FAULTS, 'longest cut': cutFor('silent', longest) };
  rmSync(folder, { recursive: true, force: true });
  const [config, out, alone, marks] = ['grid.json', 'queued', 'alone', 'marks'].map((name) =>
    join(folder, name),
  );
  if (config === undefined || out === undefined || alone === undefined || marks === undefined) return;
  mkdirSync(marks, { recursive: true });
  writeGrid(config, cells, epochs);
  const simulation: Simulation = {
    epoch: 350,
    checkpoint: CHECKPOINT,
    diverging: 10,
    failing: 6,
    hopeless: 0,
    marks,
  };
  await trainAlone(config, alone, simulation);
  const random = randomFrom(seed);
  const redis = await startRedis(join(folder, 'redis'), await freePort());
  const proxy = await proxyTo(redis.port);
  const client = new Redis({ port: redis.port });
  client.on('error', () => undefined);
  const all: Running[] = [];
  const worker = (more: Partial<WorkerSetting> = {}, before: readonly string[] = []): Running => {
    const setting: WorkerSetting = {
      url: `redis://127.0.0.1:${proxy.port}`,
      store: 'redis',
      data: embeddedData,
      scratch: join(folder, 'scratch'),
      lock: LOCK,
      silence: SILENCE,
      simulation,
      ...more,
    };
    const one = startSimulated('worker', setting, {}, before);
    all.push(one);
    return one;
  };
  const controller = (): Running => {
    const setting: ControllerSetting = {
      config,
      data: embeddedData,
      url: `redis://127.0.0.1:${proxy.port}`,
      store: 'redis',
      out,
      attempts: 3,
      look: 2000,
      silence: SILENCE,
    };
    return startSimulated('controller', setting);
  };
  const state = { controller: controller() };
  const workers: (Running | undefined)[] = Array.from({ length: WORKERS }, () => worker());
  const table: Table = { worker, workers, redis, client, proxy, state, controller, random, folder };
  let done = 0;
  const counts = new Map<string, number>();
  try {
    // The first moments are those of starting processes.
    await setTimeout(4000);
    for (const kind of drawn(Object.keys(kinds), faults, random)) {
      const left = cells - (existsSync(join(out, 'cells')) ? readdirSync(join(out, 'cells')).length : 0);
      if (left === 0) throw new Error(`the grid ended after ${done} of ${faults} faults`);
      const told = await (kinds[kind] ?? (() => Promise.resolve('')))(table);
      done += 1;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      say(`fault ${done}, ${cells - left} of ${cells} cells ended: ${told}`);
      await setTimeout(300 + random() * 1200);
      // Whoever ended without being asked to is started again, as an init system does.
      for (const [i, one] of workers.entries())
        if (one?.alive() !== true) {
          say(`worker ${i} has ended: ${one?.output().trim().split('\n').at(-1) ?? ''}; started again`);
          workers[i] = worker();
        }
      if (!state.controller.alive()) {
        say(
          `the controller has ended: ${state.controller.output().trim().split('\n').at(-1) ?? ''}; started again`,
        );
        state.controller = controller();
      }
    }
    const code = await Promise.race([state.controller.ended, setTimeout(300_000, -2)]);
    const output = state.controller.output();
    if (code !== 0)
      throw new Error(`expected a controller that ends with 0, found ${code}: ${output.slice(-500)}`);
    const wrong = differences(alone, out);
    if (wrong.length > 0) throw new Error(`expected equal folders, found ${wrong.slice(0, 5).join('; ')}`);
    // A server that lost its last moments may have a job again whose result is laid down: a worker finds that result.
    await until(`${cells} jobs that have ended, and no others`, async () => {
      const { completed, other } = await jobsOf(redis.port);
      return completed === cells && other === 0;
    });
    const diverged = filesBelow(out)
      .filter((name) => name.endsWith('ending.json'))
      .filter((name) => readFileSync(join(out, name), 'utf8').includes('diverged')).length;
    const failed = readdirSync(marks).length;
    const resumed = all.reduce((n, one) => n + (one.output().match(RESUMED)?.length ?? 0), 0);
    if (diverged === 0 || failed === 0 || resumed === 0)
      throw new Error(
        `expected cells that diverge, fail and go on, found ${diverged}, ${failed} and ${resumed}`,
      );
    say(
      Report.table(
        ['fault', 'times'],
        [...counts].map(([kind, times]) => [kind, `${times}`]),
      ),
    );
    say(
      `${all.length} workers; ${resumed} times a cell went on from a checkpoint; ${failed} cells failed once and were tried again, ${diverged} diverged`,
    );
    say(
      `${done} faults, ${cells} cells: each ended once, ${filesBelow(out).length} files equal to those of one machine without faults`,
    );
  } finally {
    for (const one of [...all, state.controller]) one.kill();
    client.disconnect();
    proxy.close();
    await redis.kill();
  }
};
