/**
 * Runs the kernels of `kernels/` on the memory of tfjs's WASM module, by as many threads as the
 * module has.
 *
 * A kernel processes a range of items, and the result for an item does not depend on the thread
 * that processes it. The calling thread and its helpers take a part of the items that are left,
 * repeatedly, until none is left, so a thread that is delayed does less. Helpers sleep in between. There are none if
 * the memory is not shared, and none on a page's own thread, which may not wait; a worker of a page
 * has them (`pageWorker.ts`).
 */
import { fail } from '../../core';
import {
  ARGUMENT_BYTES,
  CELL,
  type Helper,
  helperScript,
  type Hire,
  INSIDE,
  LOOKS,
  MOST_ARGUMENTS,
} from './helper';
import { kernelBytes } from './kernels/bytes';
import { bytesOf, compiled, type WasmExports, linked, type WasmMemory } from './webAssembly';

/**
 * Runs kernels by name. Those for a team take, after their arguments, scratch memory and the range
 * of items.
 */
export interface Team {
  readonly threads: number;
  /** Runs a kernel on this thread alone, with all of its arguments. */
  readonly call: (kernel: string, ...args: readonly number[]) => number;
  /**
   * Runs a kernel on items 0 … total − 1 by all threads, at least `chunk` items at a time; by this thread
   * alone unless it is `worth` sharing. Throws a `Fault` with tag `backend`, once all threads rest,
   * if the kernel traps on one of several threads, or if a thread ends in it.
   */
  readonly share: (
    kernel: string,
    args: readonly number[],
    total: number,
    chunk?: number,
    worth?: boolean,
  ) => void;
  /** Words in memory while `use` runs, which gets their address. */
  readonly withWords: (words: readonly number[], use: (address: number) => void) => void;
  /** Writes words at an address. */
  readonly write: (address: number, words: readonly number[]) => void;
  /** Memory for so many numbers, filled with zeros. */
  readonly zeros: (count: number) => number;
  /** Allocates `bytes` of memory; `free` frees them. */
  readonly allocate: (bytes: number) => number;
  readonly free: (address: number) => void;
  /** Ends the helpers. The caller then runs kernels alone. */
  readonly end: () => Promise<void>;
}

/** The part of the module that the team needs beside its memory. */
interface Heap extends Pick<Team, 'allocate' | 'free'> {
  readonly memory: WasmMemory;
}

/**
 * How long to wait for helpers that are inside, in addition to twenty times what the caller spent
 * on the kernel.
 */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * How long each wait for them lasts, unless they wake the caller. After each wait the caller checks
 * whether they still run.
 */
const LOOK_MILLISECONDS = 20;

type Kernel = (...args: readonly number[]) => number;

const kernelsOf = (exports: WasmExports): ReadonlyMap<string, Kernel> =>
  new Map(
    Object.entries(exports).filter(
      // Everything that a module of numbers exports as a function takes and gives numbers.
      (entry): entry is [string, Kernel] => typeof entry[1] === 'function',
    ),
  );

/**
 * A team on this memory; it consists of the caller alone if no helper can be started. `kernels64`
 * is another module of kernels, in base64. `relaxed` selects those with relaxed SIMD, which the
 * engine must have.
 */
export const startTeam = async (
  { memory, allocate, free }: Heap,
  threads: number,
  hire?: Hire,
  {
    patience = PATIENCE_MILLISECONDS,
    kernels64,
    relaxed = false,
  }: { readonly patience?: number; readonly kernels64?: string; readonly relaxed?: boolean } = {},
): Promise<Team> => {
  // Pages that are not isolated do not even have the name.
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const module = compiled(
    kernels64 === undefined ? await kernelBytes({ shared: isShared, relaxed }) : bytesOf(kernels64),
  );
  const kernels = kernelsOf(linked(module, memory));
  const names = [...kernels.keys()];
  const noKernel = (name: string): never => {
    throw new Error(`no kernel ${name}`);
  };
  const call = (kernel: string, ...args: readonly number[]): number =>
    (kernels.get(kernel) ?? noKernel(kernel))(...args);
  const scratchOf = (member: number): number => {
    const address = allocate(call('scratchBytes'));
    call('setMember', address, member);
    return address;
  };
  const scratch = scratchOf(0);
  const wanted = isShared && hire !== undefined ? threads - 1 : 0;
  /** A thread takes such a part of the items that are left: many at first, few at the end, when others wait for it. */
  const parts = 2 * (wanted + 1);
  const cellBytes = 4 * (INSIDE + wanted);
  const cells = wanted > 0 ? new SharedArrayBuffer(cellBytes) : new ArrayBuffer(cellBytes);
  const words = new Int32Array(cells);
  const numbers = new Float64Array(cells, ARGUMENT_BYTES, MOST_ARGUMENTS);
  /** The running helpers, by their number. */
  const helpers = new Map<number, Helper>();
  const end = async (): Promise<void> => {
    const all = [...helpers.values()];
    helpers.clear();
    await Promise.all(all.map((helper) => helper.end()));
  };
  if (hire !== undefined)
    try {
      for (let member = 0; member < wanted; member++) {
        const told = { memory, module, cells, names, scratch: scratchOf(member + 1), member };
        helpers.set(member, await hire(helperScript, told));
      }
    } catch (thrown) {
      await end();
      throw thrown;
    }
  /** Whether a wait was in vain; then nobody waits again. */
  let abandoned = false;
  /**
   * Waits until nobody is inside. Returns whether a thread ended there, or one has not come back,
   * and why.
   */
  const settle = (since: number): { readonly ended: boolean; readonly late?: string } => {
    const from = performance.now();
    const longest = abandoned ? 0 : patience + 20 * (from - since);
    let ended = false;
    for (const [member, helper] of helpers) {
      // Most are about to come out: sleeping and being woken takes longer than that.
      for (let look = 0; look < LOOKS && Atomics.load(words, INSIDE + member) !== 0; look++);
      while (Atomics.load(words, INSIDE + member) !== 0) {
        if (!abandoned && Atomics.wait(words, INSIDE + member, 1, LOOK_MILLISECONDS) !== 'timed-out')
          continue;
        if (!helper.lives()) {
          helpers.delete(member);
          void helper.end();
          ended = true;
          break;
        }
        if (performance.now() - from < longest) continue;
        abandoned = true;
        return { ended, late: 'a thread that does not come back (start the program again)' };
      }
    }
    abandoned = false;
    return { ended };
  };
  const write = (address: number, values: readonly number[]): void => {
    new Uint32Array(memory.buffer, address, values.length).set(values);
  };
  return {
    threads: wanted + 1,
    call,
    share: (kernel, args, total, chunk = 1, worth = true) => {
      const since = performance.now();
      // One that has not come back in an earlier kernel may still write.
      const before = settle(since).late;
      if (before !== undefined) fail('backend', 'wasm', `kernel ${kernel} to begin`, before);
      if (helpers.size === 0 || !worth || total <= chunk) {
        call(kernel, ...args, scratch, 0, total);
        return;
      }
      numbers.set(args);
      words[CELL.kernel] = names.indexOf(kernel);
      words[CELL.count] = args.length;
      words[CELL.total] = total;
      words[CELL.chunk] = chunk;
      words[CELL.parts] = parts;
      words[CELL.failed] = 0;
      Atomics.store(words, CELL.next, 0);
      Atomics.add(words, CELL.turn, 1);
      Atomics.notify(words, CELL.turn);
      try {
        const run = kernels.get(kernel) ?? noKernel(kernel);
        for (let from = 0; from < total;) {
          from = Atomics.load(words, CELL.next);
          const to = Math.min(total, from + Math.max(chunk, Math.floor((total - from) / parts)));
          if (from < total && Atomics.compareExchange(words, CELL.next, from, to) === from)
            run(...args, scratch, from, to);
        }
      } catch {
        // Told below, once no helper writes any more; the same whichever thread met with it.
        Atomics.store(words, CELL.failed, 1);
      }
      Atomics.add(words, CELL.turn, 1);
      const { ended, late } = settle(since);
      const failed = Atomics.load(words, CELL.failed) !== 0;
      if (late !== undefined || ended || failed)
        fail(
          'backend',
          'wasm',
          `kernel ${kernel} to end`,
          late ?? (ended ? 'a thread that ended in it (the others go on)' : 'a thread that failed'),
        );
    },
    withWords: (values, use) => {
      const address = allocate(4 * values.length);
      try {
        write(address, values);
        use(address);
      } finally {
        free(address);
      }
    },
    write,
    zeros: (count) => {
      const address = allocate(4 * count);
      new Uint32Array(memory.buffer, address, count).fill(0);
      return address;
    },
    allocate,
    free,
    end,
  };
};
