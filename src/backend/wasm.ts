/** Starting the WASM backend, with the kernels that we put in place of some of its own. */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { findBackend, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { error, Fault } from '../core';
import { platform } from './platform';
import { type Running, type Starter } from './running';
import { type Threads } from './threads';
import { startTeam, type Team } from './team';
import { installWasmCg } from './wasmCg';
import { installWasmConvolution } from './wasmConvolution';
import { installWasmConvolve } from './wasmConvolve';
import { installWasmFormula } from './wasmFormula';
import { installWasmIdentity } from './wasmIdentity';
import { installWasmInverse } from './wasmInverse';
import { installWasmMatMul } from './wasmMatMul';
import { checkedHeap } from './wasmMemory';
import { installWasmPooling } from './wasmPooling';
import { installWasmRidge } from './wasmRidge';
import { installWasmSlice } from './wasmSlice';
import { installWasmSum } from './wasmSum';
import { installWasmTranspose } from './wasmTranspose';

/** What the native side takes at most. */
const MOST_THREADS = 8;

type Threading = Pick<Running, 'threads' | 'heap' | 'note'>;

/** The threads of the WASM backend that runs, and what there is to say of them. There is one engine, and so one of these. */
const runningWasm = new WeakMap<BackendWasm, { readonly asked: number; readonly running: Threading }>();

const wasmBackend = (): BackendWasm | undefined => {
  const found = findBackend('wasm');
  // Boundary with tfjs: the backend of that name is of that class, once it is made.
  return found != null && runningWasm.has(found as BackendWasm) ? (found as BackendWasm) : undefined;
};

const install = (team: Team): void => {
  installWasmIdentity();
  installWasmMatMul(team);
  installWasmTranspose(team);
  installWasmInverse(team);
  installWasmCg(team);
  installWasmRidge(team);
  installWasmFormula(team);
  installWasmSum(team);
  installWasmSlice(team);
  installWasmConvolve(team);
  installWasmConvolution();
  installWasmPooling(team);
};

const startWith = async (asked: Threads | undefined, files: string | undefined): Promise<Threading> => {
  const present = wasmBackend();
  const before = present === undefined ? undefined : runningWasm.get(present);
  const wanted =
    asked === 'all' || (asked === undefined && before === undefined) ? await platform.physicalCores() : asked;
  if (before !== undefined) {
    const { asked: first, running } = before;
    if (wanted !== undefined && wanted !== first && wanted !== running.threads)
      throw new Fault(
        error(
          'backend',
          'wasm',
          `its threads for as long as the process runs: ${running.threads}`,
          `${wanted}`,
        ),
      );
    return running;
  }
  const threads = wanted ?? 1;
  const started = await platform.wasm(Math.min(threads, MOST_THREADS), files);
  const { backend, memory, threads: actual, why, hire } = started;
  removeBackend('wasm');
  registerBackend('wasm', () => backend, 2);
  const heap = checkedHeap(backend);
  install(await startTeam({ memory, ...heap }, actual, hire));
  const because = why ?? `tfjs takes at most ${MOST_THREADS}`;
  const running = {
    threads: actual,
    heap,
    ...(actual < threads ? { note: `wasm runs on ${actual} of ${threads} threads: ${because}` } : {}),
  };
  runningWasm.set(backend, { asked: threads, running });
  return running;
};

export const wasm: Starter = {
  start: async ({ threads, wasmFiles }) => ({ simd: true, ...(await startWith(threads, wasmFiles)) }),
};
