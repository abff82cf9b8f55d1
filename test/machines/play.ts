/** A grid that so many workers train without faults: what came of it, and what it cost. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as t from 'io-ts';
import { embeddedData } from '../../examples/support/cli';
import { type ControllerSetting } from './controller';
import { writeGrid } from './grid';
import { type Simulation } from './simulated';
import { type Running, startSimulated } from './tools';
import { type WorkerSetting } from './worker';

export interface Played {
  readonly cells: number;
  readonly epochs: number;
  readonly workers: number;
  readonly folder: string;
  readonly url: string;
  readonly store?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly simulation?: Partial<Simulation>;
  readonly attempts?: number;
  /** Stand in front of the commands of the workers, each its own, and of the controller: `ip netns exec`. */
  readonly before?: readonly (readonly string[])[];
  /** Told with what runs, while it runs. */
  readonly meanwhile?: (controller: Running, workers: readonly Running[]) => Promise<void>;
}

const Cost = t.type({ seconds: t.number, memory: t.number, heap: t.number, commands: t.number });
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

const costIn = (output: string): Cost | undefined => {
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return undefined;
  const found: unknown = JSON.parse(line);
  return Cost.is(found) ? found : undefined;
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
  const own: WorkerSetting = { ...common, scratch: join(folder, 'scratch'), lock: 5, simulation };
  const running = Array.from({ length: workers }, (_, i) =>
    startSimulated('worker', own, more.env, more.before?.[i]),
  );
  const setting: ControllerSetting = { ...common, config, out, attempts: more.attempts ?? 3, look: 2000 };
  const controller = startSimulated('controller', setting, more.env, more.before?.[workers]);
  try {
    await more.meanwhile?.(controller, running);
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
