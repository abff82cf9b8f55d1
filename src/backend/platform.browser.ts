/** The environment of a program in a page or a web worker. */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { env, findBackendFactory } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { browserGpu, type PageScope } from './webgpu/browserGpu';
import { readByCanvas } from './webgpu/canvasReads';
import { hire, mayWait, unable } from './wasm/pageWorker';
import { type Platform, type WasmStarted } from './platform.types';
import { wasmFileNames, type WasmFiles } from './running';
import { wasmAddresses } from './wasm/addresses';
import { wasmMemory } from './wasm/webAssembly';

/** The part of a page that this library uses; the full types would add the rest of the browser. */
declare const globalThis: PageScope & {
  readonly crossOriginIsolated?: boolean;
  readonly navigator: { readonly hardwareConcurrency?: number };
};

/** tfjs expects the address of a folder to end in a slash; addresses of files stay as they are. */
const asPaths = (files: string | WasmFiles): string | WasmFiles =>
  typeof files !== 'string' || files.endsWith('/') ? files : `${files}/`;

/** The names that a map from a program without types lacks. */
const missingIn = (files: WasmFiles): readonly string[] =>
  wasmFileNames.filter((name) => typeof Reflect.get(files, name) !== 'string');

const placeOf = (files: string | WasmFiles | undefined): string =>
  files === undefined
    ? 'the folder of the page'
    : typeof files === 'string'
      ? files
      : files['tfjs-backend-wasm-simd.wasm'];

/** The pool of workers of a module with threads. */
interface Pool {
  unusedWorkers: readonly { readonly terminate: () => void }[];
}

/** Ends the workers of tfjs's pool that run no thread. */
const settle = (wasm: object): void => {
  // Boundary with tfjs: the emscripten module with threads has a pool that its type does not name.
  const { PThread } = wasm as { readonly PThread?: Pool };
  if (PThread === undefined) return;
  const { unusedWorkers } = PThread;
  PThread.unusedWorkers = [];
  for (const worker of unusedWorkers) worker.terminate();
};

const THREADS_FLAG = 'WASM_HAS_MULTITHREAD_SUPPORT';

/**
 * tfjs's backend by its own factory, which loads the module with threads whenever that flag is set.
 */
const made = async (withThreads: boolean): Promise<BackendWasm> => {
  const flag = await env().getAsync(THREADS_FLAG);
  env().set(THREADS_FLAG, flag === true && withThreads);
  try {
    // Boundary with tfjs: what its factory of that name makes is of that class.
    const backend = (await findBackendFactory('wasm')()) as BackendWasm;
    settle(backend.wasm);
    return backend;
  } finally {
    env().set(THREADS_FLAG, flag);
  }
};

const wasm = async (
  threads: number,
  files: string | WasmFiles | undefined = wasmAddresses,
): Promise<WasmStarted> => {
  if (typeof files === 'object' && missingIn(files).length > 0)
    return fail(
      'backend',
      'wasmFiles',
      `an address for each of ${wasmFileNames.join(', ')}`,
      `none for ${missingIn(files).join(', ')}`,
    );
  const without = threads > 1 ? await unable(globalThis.crossOriginIsolated === true) : undefined;
  const several = threads > 1 && without === undefined;
  // Imported only on demand: at import it registers itself as a backend that tfjs may choose.
  const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (files !== undefined) setWasmPaths(asPaths(files));
  setThreadsCount(threads);
  try {
    const backend = await made(several);
    const started = { backend, memory: wasmMemory(backend.wasm) };
    if (several && mayWait()) return { ...started, threads, hire };
    // tfjs's own kernels are multithreaded there too; the page waits for them without sleeping.
    const why = without ?? "a page's own thread may not wait for others (train in a Web Worker)";
    return { ...started, threads: 1, ...(threads > 1 ? { why } : {}) };
  } catch (thrown) {
    // tfjs rejects with a record that is no error.
    const found: unknown =
      typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : thrown;
    return fail(
      'backend',
      'wasm',
      `the .wasm files of tfjs in ${placeOf(files)} (or their addresses as option wasmFiles)`,
      String(found),
    );
  }
};

export const platform: Platform = {
  name: 'browser',
  physicalCores: () => Promise.resolve(Math.max(1, globalThis.navigator.hardwareConcurrency ?? 1)),
  wasm,
  gpu: async () => Promise.resolve(browserGpu(globalThis)),
  makeReadable: readByCanvas,
};
