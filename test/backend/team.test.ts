/** The team of threads by itself, on a memory of its own. */
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt } from '../../src';
import { type Hire } from '../../src/backend/helper';
import { startTeam, type Team } from '../../src/backend/team';
import { type Memory } from '../../src/backend/webAssembly';
import { messageOf } from '../support';

/** As much of it as Node's types leave out. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => Memory;
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
      const helper = new Worker(script, { eval: true, workerData });
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
