/**
 * What a worker of a page is asked for by the tests beside it: how `wasm` starts there, and what its kernels and trainings give, to the
 * last bit.
 */
import { memory, removeBackend, type Tensor } from '@tensorflow/tfjs-core';
import {
  attempt,
  describe,
  dispose,
  orThrow,
  scope,
  softmaxCrossEntropy,
  start,
  train,
  Tree,
} from '../../../src';
import { type Hire } from '../../../src/backend/wasm/helper';
import { hire } from '../../../src/backend/wasm/pageWorker';
import { startTeam } from '../../../src/backend/wasm/team';
import { type WasmMemory } from '../../../src/backend/wasm/webAssembly';
import { kernels } from '../../determinism/kernels';
import { type Training, trainings } from '../../determinism/trainings';

/** As much of a worker's surroundings as is used here; the full types would let Node's code use it too. */
declare const self: {
  onmessage: ((event: { readonly data: Asked }) => void) | null;
  readonly postMessage: (answer: unknown) => void;
};
declare const Worker: new (address: string | URL, options?: object) => { readonly terminate: () => void };
declare const crypto: {
  readonly subtle: { readonly digest: (name: 'SHA-256', bytes: Uint8Array) => Promise<ArrayBuffer> };
};
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
};

export interface Asked {
  readonly what: 'start' | 'kernels' | 'trainings' | 'leaks' | 'death';
  readonly threads?: number;
  readonly relaxed?: boolean;
}

/** The same as in `test/determinism/program.ts`, by what a page has. */
const hashOf = async (tensors: readonly Tensor[]): Promise<string> => {
  const parts = tensors.map((tensor) => {
    const numbers = tensor.dataSync();
    return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  });
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return [...digest]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 16);
};

const ofKernels = async (): Promise<object> => {
  const found: Record<string, readonly string[]> = {};
  for (const [name, kernel] of Object.entries(kernels)) {
    const results = scope(() => {
      const result = kernel();
      return result instanceof Array ? [...result] : [result];
    });
    found[name] = [await hashOf(results)];
    dispose(results);
  }
  return found;
};

const trained = async ({ net, options }: Training): Promise<string> => {
  const given = options({});
  let found = 'no end';
  for await (const event of train(net, softmaxCrossEntropy, given)) {
    if (event.tag === 'failed') throw new Error(describe(event.error));
    if (event.tag !== 'done') continue;
    found = await hashOf(Tree.leaves(event.parameters));
    dispose(event.parameters);
  }
  dispose(given.parameters);
  return found;
};

const ofTrainings = async (): Promise<object> => {
  const found: Record<string, readonly string[]> = {};
  for (const [name, training] of Object.entries(trainings))
    if (!training.slow) found[name] = [await trained(training)];
  return found;
};

/** The workers that were started from here, and not ended. */
const present = new Set<object>();

/** Count them from now on. */
const countWorkers = (): void => {
  class Counted extends Worker {
    readonly end = super.terminate.bind(this);
    constructor(address: string | URL, options?: object) {
      super(address, options);
      present.add(this);
    }
    override readonly terminate = (): void => {
      present.delete(this);
      this.end();
    };
  }
  Reflect.set(globalThis, 'Worker', Counted);
};

/** Tensors, bytes of the heap and workers after trainings as before; and workers once the backend is removed. */
const ofLeaks = async (live: () => number): Promise<object> => {
  await ofTrainings();
  const state = () => [memory().numTensors, live(), present.size];
  const before = state();
  for (let i = 0; i < 3; i++) await ofTrainings();
  const after = state();
  removeBackend('wasm');
  return { before, after, removed: present.size };
};

/** Rows of 64 numbers, more of them than one thread takes at once. */
const [rows, columns] = [2000, 64] as const;

/**
 * A helper whose script ends inside of the first kernel that it is awake for, and one that was ended before: what the calls tell, and
 * the sums in the end.
 */
const ofDeath = async (): Promise<object> => {
  const heap = new WebAssembly.Memory({ initial: 256, maximum: 65_536, shared: true });
  let next = 1024;
  const allocate = (bytes: number): number => {
    const address = next;
    next += 16 * Math.ceil(bytes / 16);
    return address;
  };
  const dying: Hire = async (script, told) => {
    const member: unknown = Reflect.get(told, 'member');
    const mortal = script.replace('Atomics.store(words, inside, 0);', 'throw 0;');
    if (mortal === script) throw new Error('the helper is not mortal');
    const helper = await hire(member === 0 ? mortal : script, told);
    if (member !== 0) await helper.end();
    return helper;
  };
  const team = await startTeam({ memory: heap, allocate, free: () => undefined }, 3, dying);
  const [x, out] = [allocate(4 * rows * columns), allocate(4 * rows)];
  new Float32Array(heap.buffer, x, rows * columns).fill(1);
  const share = (): string => {
    const shared = attempt(() => {
      team.share('sumMiddle', [x, out, rows, columns, 1, 1], team.call('sumItems', rows, columns, 1));
    });
    return shared._tag === 'Left' ? describe(shared.left) : 'no error';
  };
  const told: string[] = [];
  for (let i = 0; i < 10_000 && told.length === 0; i++) {
    const message = share();
    if (message !== 'no error') told.push(message);
  }
  const later = Array.from({ length: 5 }, share);
  const sums = new Float32Array(heap.buffer, out, rows).every((sum) => sum === columns);
  await team.end();
  return { told, later, sums };
};

const answer = async ({ what, ...options }: Asked): Promise<object> => {
  countWorkers();
  if (what === 'death') return ofDeath();
  const { heap, ...running } = orThrow(await start('wasm', options)());
  const workers = present.size;
  const found =
    what === 'kernels'
      ? await ofKernels()
      : what === 'trainings'
        ? await ofTrainings()
        : what === 'leaks'
          ? await ofLeaks(() => heap?.live() ?? 0)
          : {};
  return { running, workers, found };
};

self.onmessage = ({ data }) => {
  answer(data).then(self.postMessage.bind(self), (thrown: unknown) => {
    self.postMessage({ thrown: String(thrown) });
  });
};
