/** A grid that so many workers train without faults: what came of it, and what it cost. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import * as t from 'io-ts';
import { embeddedData } from '../../examples/support/cli';
import { version } from '../../src/experiment';
import { queueText } from '../../src/queue';
import { type ControllerSetting } from './controller';
import { writeGrid } from './grid';
import { type Simulation } from './simulated';
import { type Running, startSimulated, until } from './tools';
import { type WorkerSetting } from './worker';

export interface Played {
  readonly cells: number;
  readonly epochs: number;
  /** How many, or what each of them has of its own. */
  readonly workers: number | readonly Partial<WorkerSetting>[];
  readonly folder: string;
  readonly url: string;
  readonly store?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly simulation?: Partial<Simulation>;
  readonly attempts?: number;
  /** Stand in front of the commands of the workers, each its own, and of the controller: `ip netns exec`. */
  readonly before?: readonly (readonly string[])[];
  /** Whether the workers wait for cells before the controller starts, so that their own start costs no cell. */
  readonly patient?: boolean;
  /** Seconds of the locks of workers. */
  readonly lock?: number;
  /** Done while the grid runs; `start` starts a worker more, with other settings. */
  readonly meanwhile?: (
    controller: Running,
    start: (more?: Partial<WorkerSetting>) => Running,
    workers: readonly Running[],
  ) => Promise<void>;
}

const Cost = t.type({
  seconds: t.number,
  /** MiB: the most of the process, and what its heap holds in the end. */
  memory: t.number,
  heap: t.number,
  /** Seconds of a processor that the controller took. */
  processor: t.number,
  /** Of the server: commands (those of scripts too), messages that came, bytes in and out. */
  commands: t.number,
  messages: t.number,
  bytes: t.number,
});
export type Cost = t.TypeOf<typeof Cost>;

export interface Came {
  readonly code: number;
  readonly output: string;
  readonly said: readonly string[];
  readonly config: string;
  readonly out: string;
  readonly simulation: Simulation;
  readonly cost: Cost | undefined;
}

/** Seconds that a grid may take: one that never ends is told as such. */
const LONGEST = 1800;

const costIn = (output: string): Cost | undefined => {
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return undefined;
  const found: unknown = JSON.parse(line);
  return Cost.is(found) ? found : undefined;
};

const allWaiting = async (url: string, workers: number): Promise<void> => {
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const queue = new Queue(queueText({ version: version(), backend: 'wasm' }), {
    connection,
    prefix: 'proxprop',
  });
  try {
    await until(`${workers} workers`, async () => (await queue.getWorkersCount()) >= workers);
  } finally {
    await queue.close();
  }
};

export const play = async ({
  cells,
  epochs,
  workers,
  folder,
  url,
  store = 'redis',
  ...more
}: Played): Promise<Came> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'marks'), { recursive: true });
  const [config, out] = [join(folder, 'grid.json'), join(folder, 'queued')];
  writeGrid(config, cells, epochs);
  const simulation: Simulation = {
    epoch: 20,
    checkpoint: 2000,
    diverging: 0,
    failing: 0,
    hopeless: 0,
    marks: join(folder, 'marks'),
    ...more.simulation,
  };
  const common = { url, store, data: embeddedData, silence: 6500 };
  const own: WorkerSetting = {
    ...common,
    scratch: join(folder, 'scratch'),
    lock: more.lock ?? 5,
    simulation,
  };
  const settings = typeof workers === 'number' ? Array.from({ length: workers }, () => ({})) : workers;
  const first = settings.map((other, i) =>
    startSimulated('worker', { ...own, ...other }, more.env, more.before?.[i]),
  );
  const running = [...first];
  if (more.patient === true) await allWaiting(url, first.length);
  const setting: ControllerSetting = { ...common, config, out, attempts: more.attempts ?? 3, look: 2000 };
  const controller = startSimulated('controller', setting, more.env, more.before?.[first.length]);
  try {
    const start = (other: Partial<WorkerSetting> = {}): Running => {
      const one = startSimulated('worker', { ...own, ...other }, more.env);
      running.push(one);
      return one;
    };
    try {
      await more.meanwhile?.(controller, start, first);
    } catch (thrown) {
      // What all of them said tells more than what was waited for.
      const said = [controller, ...running].map((one) => one.output().trim().slice(-500)).join('\n--\n');
      throw new Error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n${said}`, {
        cause: thrown,
      });
    }
    await until('the end of the controller', () => !controller.alive(), LONGEST);
    const code = await controller.ended;
    const output = controller.output();
    const said = running.map((one) => one.output());
    return { code, output, said, config, out, simulation, cost: costIn(output) };
  } finally {
    for (const one of running) one.kill('SIGTERM');
    const last = setTimeout(() => {
      for (const one of running) one.kill();
    }, 8000);
    await Promise.all(running.map((one) => one.ended));
    clearTimeout(last);
    controller.kill();
  }
};
