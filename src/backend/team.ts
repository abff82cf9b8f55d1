/**
 * The kernels of `kernels/`, run on the memory of tfjs's WASM module by as many threads as that has.
 *
 * A kernel does a range of items. The calling thread and its helpers take the next few items, again and again, until none is
 * left: whoever is held up does less. Helpers sleep in between. Where the memory is not shared there are none, nor in
 * pages, whose own thread may not wait.
 */
import { fail } from '../core';
import { shared, unshared } from './kernels/binary';
import { compiled, type Exports, linked, type Memory } from './webAssembly';

/** Words of what threads tell each other. */
const CELL = {
  turn: 0,
  next: 1,
  total: 2,
  chunk: 3,
  busy: 4,
  kernel: 5,
  count: 6,
  failed: 7,
  arguments: 8,
} as const;
const MOST_ARGUMENTS = 24;

/** The kernels by name; those for a team take, last, scratch and the items from … to. */
export interface Team {
  readonly threads: number;
  /** A kernel by this thread alone, with all of its arguments. */
  readonly call: (kernel: string, ...args: readonly number[]) => number;
  /**
   * A kernel on items 0 … total − 1, by all threads, `chunk` items at a time; by this thread alone where it is not `worth` it. A
   * `Fault` `backend`, once all threads rest, where the kernel traps on one of several.
   */
  readonly share: (
    kernel: string,
    args: readonly number[],
    total: number,
    chunk?: number,
    worth?: boolean,
  ) => void;
  /** Words in the memory for as long as `use` runs, which is told where. */
  readonly withWords: (words: readonly number[], use: (address: number) => void) => void;
  /** Words at an address. */
  readonly write: (address: number, words: readonly number[]) => void;
  /** Room for so many numbers, which are zero. */
  readonly zeros: (count: number) => number;
  /** `bytes` of the memory, and their return. */
  readonly allocate: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** What is needed of the module that the memory belongs to. */
export interface Heap extends Pick<Team, 'allocate' | 'free'> {
  readonly memory: Memory;
}

/** How often a helper looks for the next call before it sleeps: a few microseconds, as long as a call takes to wake it. */
const LOOKS = 2000;

/**
 * What a helper does, as a script of its own: it needs no file beside this one and does not care how the program was
 * started.
 */
const helperScript = `
const { workerData: { memory, module, cells, names, scratch } } = require('node:worker_threads');
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(cells);
const numbers = new Float64Array(cells, ${8 * CELL.arguments}, ${MOST_ARGUMENTS});
let turn = 0;
for (;;) {
  for (let i = 0; i < ${LOOKS} && Atomics.load(words, ${CELL.turn}) === turn; i++);
  while (Atomics.load(words, ${CELL.turn}) === turn) Atomics.wait(words, ${CELL.turn}, turn);
  turn = Atomics.load(words, ${CELL.turn});
  const args = numbers.slice(0, words[${CELL.count}]);
  const kernel = kernels[names[words[${CELL.kernel}]]];
  const total = words[${CELL.total}];
  const chunk = words[${CELL.chunk}];
  try {
    for (;;) {
      const from = Atomics.add(words, ${CELL.next}, chunk);
      if (from >= total) break;
      kernel(...args, scratch, from, Math.min(from + chunk, total));
    }
  } catch {
    Atomics.store(words, ${CELL.failed}, 1);
  } finally {
    Atomics.sub(words, ${CELL.busy}, 1);
    Atomics.notify(words, ${CELL.busy});
  }
}`;

/** Start a helper on a script, with what it is told as `workerData`; settled once it runs. */
export type Hire = (script: string, workerData: object) => Promise<void>;

type Kernel = (...args: readonly number[]) => number;

const kernelsOf = (exports: Exports): ReadonlyMap<string, Kernel> =>
  new Map(
    Object.entries(exports).filter(
      // Everything that a module of numbers exports as a function takes and gives numbers.
      (entry): entry is [string, Kernel] => typeof entry[1] === 'function',
    ),
  );

/** A team on this memory; of one where nobody can be hired. */
export const startTeam = async (
  { memory, allocate, free }: Heap,
  threads: number,
  hire?: Hire,
): Promise<Team> => {
  // Pages that are not isolated do not even have the name.
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const module = compiled(isShared ? shared : unshared);
  const kernels = kernelsOf(linked(module, memory));
  const names = [...kernels.keys()];
  const call = (kernel: string, ...args: readonly number[]): number => {
    const found = kernels.get(kernel);
    if (found === undefined) throw new Error(`no kernel ${kernel}`);
    return found(...args);
  };
  const scratchOf = (member: number): number => {
    const address = allocate(call('scratchBytes'));
    call('setMember', address, member);
    return address;
  };
  const scratch = scratchOf(0);
  const helpers = isShared && hire !== undefined ? threads - 1 : 0;
  const cellBytes = 8 * (CELL.arguments + MOST_ARGUMENTS);
  const cells = helpers > 0 ? new SharedArrayBuffer(cellBytes) : new ArrayBuffer(cellBytes);
  const words = new Int32Array(cells);
  const numbers = new Float64Array(cells, 8 * CELL.arguments, MOST_ARGUMENTS);
  for (let i = 0; i < helpers; i++)
    await hire?.(helperScript, { memory, module, cells, names, scratch: scratchOf(i + 1) });
  const write = (address: number, values: readonly number[]): void => {
    new Uint32Array(memory.buffer, address, values.length).set(values);
  };
  return {
    threads: helpers + 1,
    call,
    share: (kernel, args, total, chunk = 1, worth = true) => {
      if (helpers === 0 || !worth || total <= chunk) {
        call(kernel, ...args, scratch, 0, total);
        return;
      }
      numbers.set(args);
      words[CELL.kernel] = names.indexOf(kernel);
      words[CELL.count] = args.length;
      words[CELL.total] = total;
      words[CELL.chunk] = chunk;
      words[CELL.failed] = 0;
      Atomics.store(words, CELL.next, 0);
      Atomics.store(words, CELL.busy, helpers);
      Atomics.add(words, CELL.turn, 1);
      Atomics.notify(words, CELL.turn);
      try {
        for (;;) {
          const from = Atomics.add(words, CELL.next, chunk);
          if (from >= total) break;
          call(kernel, ...args, scratch, from, Math.min(from + chunk, total));
        }
      } catch {
        // Told below, once no helper writes any more; the same whichever thread met with it.
        Atomics.store(words, CELL.failed, 1);
      }
      for (let busy = Atomics.load(words, CELL.busy); busy > 0; busy = Atomics.load(words, CELL.busy))
        Atomics.wait(words, CELL.busy, busy, 1);
      if (Atomics.load(words, CELL.failed) !== 0)
        fail('backend', 'wasm', `kernel ${kernel} to end`, 'a thread that failed');
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
  };
};
