/**
 * Choosing and starting a backend: one value, one call.
 *
 * | backend   | runs on                                  | values  |
 * |-----------|------------------------------------------|---------|
 * | `wasm`    | WebAssembly with SIMD, on several threads | float32 |
 * | `cpu`     | plain JavaScript                         | float32 |
 * | `float64` | plain JavaScript, the reference          | float64 |
 *
 * Starting one makes it current for the whole process: tfjs keeps one engine. Tensors belong to the backend
 * that was current when they were made.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, findBackend, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, Fault, type ProxpropError, whole } from '../core';
import { registerFloat64 } from './float64';
import { physicalCores } from './cores';
import { startTeam } from './team';
import { installWasmCg } from './wasmCg';
import { installWasmConvolution } from './wasmConvolution';
import { installWasmConvolve } from './wasmConvolve';
import { installWasmFormula } from './wasmFormula';
import { installWasmIdentity } from './wasmIdentity';
import { installWasmInverse } from './wasmInverse';
import { installWasmMatMul } from './wasmMatMul';
import { checkedHeap, type HeapUse } from './wasmMemory';
import { MOST_THREADS, startModule, type WasmModule } from './wasmModule';
import { installWasmPooling } from './wasmPooling';
import { installWasmSlice } from './wasmSlice';
import { installWasmSum } from './wasmSum';
import { installWasmTranspose } from './wasmTranspose';

export const backends = ['wasm', 'cpu', 'float64'] as const;

/** The name of a backend. */
export type Backend = (typeof backends)[number];

/** The default of everything that lets a user choose. */
export const defaultBackend: Backend = 'wasm';

/** What `start` gives: the running backend. */
export interface Running {
  readonly backend: Backend;
  readonly simd: boolean;
  readonly threads: number;
  /** Of `wasm`: what is allocated. */
  readonly heap?: HeapUse;
  /** One line for the user, where there are fewer threads than were asked for: why. */
  readonly note?: string;
}

/** A number of threads, or one for each physical core. */
export type Threads = number | 'all';

export interface StartOptions {
  /**
   * For `wasm`; the other backends have one. At most 8. All backends of a process share one engine: once started,
   * `wasm` keeps its threads, and asking for another number is an error. Default: as many as run already, else `all`.
   */
  readonly threads?: Threads;
}

const messageOf = (found: unknown): string => (found instanceof Error ? found.message : String(found));

const unavailable = (name: Backend, found: unknown): ProxpropError =>
  error('backend', name, 'a backend that starts', messageOf(found));

type Threading = Pick<Running, 'threads' | 'note' | 'heap'>;

/** The threads of the WASM backend that runs, and what there is to say of them. There is one engine, and so one of these. */
const runningWasm = new WeakMap<BackendWasm, { readonly asked: number; readonly running: Threading }>();

const wasmBackend = (): BackendWasm | undefined => {
  const found = findBackend('wasm');
  // Boundary with tfjs: the backend of that name is of that class, once it is made.
  return found != null && runningWasm.has(found as BackendWasm) ? (found as BackendWasm) : undefined;
};

/** The module with these threads, or with one and the reason. */
const moduleWith = async (
  threads: number,
): Promise<{ readonly module: WasmModule; readonly why?: string }> => {
  if (threads > 1)
    try {
      return { module: await startModule(threads) };
    } catch (thrown) {
      return { module: await startModule(1), why: messageOf(thrown) };
    }
  return { module: await startModule(1) };
};

const startWasm = async (asked: Threads | undefined): Promise<Threading> => {
  const present = wasmBackend();
  const before = present === undefined ? undefined : runningWasm.get(present);
  const wanted =
    asked === 'all' || (asked === undefined && before === undefined) ? await physicalCores() : asked;
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
    await setBackend('wasm');
    return running;
  }
  const threads = wanted ?? 1;
  const tfjs = await import('@tensorflow/tfjs-backend-wasm');
  const { module, why } = await moduleWith(Math.min(threads, MOST_THREADS));
  tfjs.setThreadsCount(Math.min(threads, MOST_THREADS));
  const backend = new tfjs.BackendWasm(module.wasm);
  await module.settle();
  const actual = module.threads();
  removeBackend('wasm');
  registerBackend('wasm', () => backend, 2);
  const heap = checkedHeap(backend);
  const team = await startTeam({ memory: module.memory, ...heap }, actual);
  installWasmIdentity();
  installWasmMatMul(team);
  installWasmTranspose(team);
  installWasmInverse(team);
  installWasmCg(team);
  installWasmFormula(team);
  installWasmSum(team);
  installWasmSlice(team);
  installWasmConvolve(team);
  installWasmConvolution();
  installWasmPooling(team);
  const because = why ?? `tfjs takes at most ${MOST_THREADS}`;
  const running = {
    threads: actual,
    heap,
    ...(actual < threads ? { note: `wasm runs on ${actual} of ${threads} threads: ${because}` } : {}),
  };
  runningWasm.set(backend, { asked: threads, running });
  if (!(await setBackend('wasm'))) throw new Error('tfjs could not initialise it');
  return running;
};

const startNamed = async (backend: Backend, asked: Threads | undefined): Promise<Threading> => {
  switch (backend) {
    case 'wasm':
      return startWasm(asked);
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      // tfjs prints an advertisement at the first use in Node; a program's output is its own.
      Reflect.set(findBackend('cpu'), 'firstUse', false);
      break;
    case 'float64':
      registerFloat64();
  }
  if (!(await setBackend(backend))) throw new Error('tfjs could not initialise it');
  return { threads: 1 };
};

/**
 * Start a backend and make it current. Left, with what is missing, when it cannot start; the backend that was
 * current before stays so.
 *
 * @example
 * const started = await start('wasm', { threads: 2 })();
 * if (E.isLeft(started)) console.error(describe(started.left));
 */
export const start =
  (
    backend: Backend = defaultBackend,
    { threads }: StartOptions = {},
  ): TE.TaskEither<ProxpropError, Running> =>
  async () => {
    if (!backends.includes(backend))
      return E.left(error('backend', 'backend', `one of ${backends.join(', ')}`, backend));
    const before = engine().backendName;
    try {
      if (typeof threads === 'number') whole('threads', threads, 1);
      const running = await startNamed(backend, threads);
      return E.right({ backend, simd: backend === 'wasm', ...running });
    } catch (thrown) {
      if (typeof before === 'string' && before !== '' && before !== backend) await setBackend(before);
      return E.left(thrown instanceof Fault ? thrown.error : unavailable(backend, thrown));
    }
  };
