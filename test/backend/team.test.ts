/** The team of threads by itself, on a memory of its own. */
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt } from '../../src';
import { type Hire } from '../../src/backend/wasm/helper';
import { hire as hireInNode, nodeScript } from '../../src/backend/wasm/nodeWorker';
import { startTeam, type Team } from '../../src/backend/wasm/team';
import { type WasmMemory } from '../../src/backend/wasm/webAssembly';
import { messageOf } from '../support';

/** As much of it as Node's types leave out. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
};

/** What emscripten's module of threads asks for, so that it is what the kernels are compiled for. */
const MOST_PAGES = 65_536;

/** Rows of 64 numbers, more of them than one thread takes at once. */
const [rows, columns] = [2000, 64] as const;

describe('a team of two threads', () => {
  const helpers: Worker[] = [];
  let team: Team;
  let [x, out] = [0, 0];
  let sums = (): readonly number[] => [];

  beforeAll(async () => {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: MOST_PAGES, shared: true });
    const hire: Hire = async (script, workerData) => {
      const helper = new Worker(nodeScript(script), { eval: true, workerData });
      helpers.push(helper);
      await new Promise((resolve) => helper.once('message', resolve));
      return { lives: () => true, end: () => helper.terminate() };
    };
    let next = 1024;
    const allocate = (bytes: number): number => {
      const address = next;
      next += 16 * Math.ceil(bytes / 16);
      return address;
    };
    team = await startTeam({ memory, allocate, free: () => undefined }, 2, hire);
    [x, out] = [allocate(4 * rows * columns), allocate(4 * rows)];
    new Float32Array(memory.buffer, x, rows * columns).fill(1);
    sums = () => [...new Float32Array(memory.buffer, out, rows)];
  });
  afterAll(() => Promise.all(helpers.map((helper) => helper.terminate())));

  const share = (kernel: string, from: number): string =>
    messageOf(
      attempt(() => {
        team.share(kernel, [from, out, rows, columns, 1, 1], team.call('sumItems', rows, columns, 1));
      }),
    );
  const failed = (kernel: string): string =>
    `backend error at wasm: expected kernel ${kernel} to end, found a thread that failed`;

  it('ends a kernel that traps with an error, on whichever thread, and goes on', () => {
    expect(team.threads).toBe(2);
    for (let i = 0; i < 5; i++) {
      // The last page is not there: reading from it traps.
      expect(share('sumMiddle', 2 ** 32 - 4096)).toBe(failed('sumMiddle'));
      expect(share('noKernel', x)).toBe(failed('noKernel'));
      expect(share('sumMiddle', x)).toBe('no error');
      expect(sums().every((sum) => sum === columns)).toBe(true);
    }
  });
});

// Elsewhere than on Linux a thread's end shows only when the program does not wait: then its patience ends the kernel.
describe.runIf(process.platform === 'linux')('a helper that dies inside a kernel', () => {
  it('ends it with one Fault, and the caller goes on alone', async () => {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: MOST_PAGES, shared: true });
    let next = 1024;
    const allocate = (bytes: number): number => {
      const address = next;
      next += 16 * Math.ceil(bytes / 16);
      return address;
    };
    const dying: Hire = (script, told) => {
      const mortal = script.replace('kernel(...args', 'process.exit(1); kernel(...args');
      expect(mortal).not.toBe(script);
      return hireInNode(mortal, told);
    };
    const team = await startTeam({ memory, allocate, free: () => undefined }, 2, dying);
    try {
      const [x, out] = [allocate(4 * rows * columns), allocate(4 * rows)];
      new Float32Array(memory.buffer, x, rows * columns).fill(1);
      const share = (): string =>
        messageOf(
          attempt(() => {
            team.share('sumMiddle', [x, out, rows, columns, 1, 1], team.call('sumItems', rows, columns, 1));
          }),
        );
      // It dies in the first kernel that it is awake for.
      const told: string[] = [];
      for (let i = 0; i < 10_000 && told.length === 0; i++) {
        const message = share();
        if (message !== 'no error') told.push(message);
      }
      expect(told).toEqual([
        'backend error at wasm: expected kernel sumMiddle to end, found a thread that ended in it (the others go on)',
      ]);
      for (let i = 0; i < 5; i++) expect(share()).toBe('no error');
      expect([...new Float32Array(memory.buffer, out, rows)].every((sum) => sum === columns)).toBe(true);
    } finally {
      await team.end();
    }
  });
});
