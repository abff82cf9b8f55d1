/** Processes, ports and waits of the tests across machines. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { typeScript } from '../starts';

export const root = join(__dirname, '..', '..');

/** A port that nobody listens on. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });

/** A process that was started, and all that it has said. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number>;
  readonly alive: () => boolean;
  readonly kill: (signal?: NodeJS.Signals) => void;
}

export const start = (
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = root,
): Running => {
  const child = spawn(command, [...words], { cwd, env: { ...process.env, ...env } });
  let output = '';
  const hear = (part: unknown): void => {
    output += String(part);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let over = false;
  const ended = new Promise<number>((resolve) => {
    child.on('error', (problem) => {
      hear(problem.message);
      over = true;
      resolve(-1);
    });
    child.on('close', (code) => {
      over = true;
      resolve(code ?? -1);
    });
  });
  return {
    child,
    ended,
    output: () => output,
    alive: () => !over,
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
    },
  };
};

/** A file of TypeScript in a process of its own. */
export const startScript = (file: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
  start(process.execPath, [...typeScript, file, ...words], env);

type Simulated = 'worker' | 'controller';

const bundles = new Map<Simulated, string>();

/** One of these scripts as one file of JavaScript: dozens of processes start in a third of the time. */
const bundleOf = (name: Simulated): string => {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  // Below the repository, whose packages and version it finds.
  const outfile = join(root, 'runs', 'machines', 'bin', `${name}.js`);
  buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  bundles.set(name, outfile);
  return outfile;
};

/** A worker or a controller of simulated cells, in front of which another command may stand, such as `ip netns exec`. */
export const startSimulated = (
  name: Simulated,
  setting: unknown,
  env: NodeJS.ProcessEnv = {},
  before: readonly string[] = [],
): Running => {
  // `env` runs what follows it, whatever that is.
  return start('env', [...before, process.execPath, bundleOf(name), JSON.stringify(setting)], env);
};

/** A process that is started again whenever it ends by itself, as an init system does. */
export interface Supervised {
  /** How often it has ended by itself. */
  readonly deaths: () => number;
  /** What all of them have said. */
  readonly output: () => string;
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
}

export const supervised = (begin: () => Running): Supervised => {
  const all: Running[] = [];
  let over = false;
  const watch = async (): Promise<void> => {
    while (!over) {
      const one = begin();
      all.push(one);
      await one.ended;
    }
  };
  const watched = watch();
  return {
    deaths: () => all.length - 1,
    output: () => all.map((one) => one.output()).join(''),
    end: async (signal = 'SIGTERM') => {
      over = true;
      all.at(-1)?.kill(signal);
      await watched;
    },
  };
};

/** Wait until something holds. Throws after so many seconds, with what was waited for. */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> => {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > seconds * 1000) throw new Error(`waited ${seconds} s for ${what}`);
    await setTimeout(50);
  }
};

/** Whether a command ends with 0. */
export const works = (command: string, ...words: readonly string[]): boolean =>
  spawnSync(command, words, { stdio: 'ignore' }).status === 0;

/** The paths of all files below a folder. */
export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/** Where two folders differ: names that only one has, and files whose contents are not equal. */
export const differences = (
  one: string,
  other: string,
  content: (folder: string, name: string) => string = (folder, name) =>
    readFileSync(join(folder, name)).toString('base64'),
): readonly string[] => {
  const [a, b] = [filesBelow(one), filesBelow(other)];
  return [
    ...a.filter((name) => !b.includes(name)).map((name) => `only in the first: ${name}`),
    ...b.filter((name) => !a.includes(name)).map((name) => `only in the second: ${name}`),
    ...a.filter((name) => b.includes(name) && content(one, name) !== content(other, name)),
  ];
};

/** Numbers in [0, 1) from a seed: the same faults at the same places in a test that is run again. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    // Marsaglia's xorshift of 32 bits.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};
