/**
 * Starts the WebAssembly module of tfjs in Node, with the wanted number of threads.
 *
 * tfjs itself refuses threads in Node. Its module has them: called directly, it asks for a pool of
 * eight workers, whose script it would load from an address that Node does not know. Here the
 * script is a `data:` address, which needs no file beside this one, and does not depend on how, or
 * from which folder, the program was started. While the module starts, three globals are replaced,
 * and they are restored before this returns: `Worker`, the number of processors of the operating
 * system (the module uses at most half of it), and the listeners of the process.
 */
import os from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { inTime } from '../answers';
import { START_SECONDS } from './helper';
import { apart } from './nodeWorker';
import { binaryFile, load, scriptFile } from './files';
import { type WasmMemory, wasmMemory } from './webAssembly';

/** The emscripten module: the parts that the types of tfjs lack. */
interface Module {
  readonly cwrap: (name: string, result: string | null, inputs: readonly string[]) => unknown;
  readonly PThread?: { unusedWorkers: Worker[]; readonly runningWorkers: readonly Worker[] };
  tfjs?: unknown;
}

type Factory = (config: {
  readonly locateFile: (file: string) => string | URL;
  readonly mainScriptUrlOrBlob: string;
}) => Promise<Module>;

/** A running module: the argument of `BackendWasm`, and its memory. */
export interface WasmModule {
  readonly wasm: BackendWasm['wasm'];
  readonly memory: WasmMemory;
  /** The number of running threads, once the backend exists. */
  readonly threads: () => number;
  /**
   * Whether none of those has ended. The end of a thread within a kernel is reported only after the
   * kernel.
   */
  readonly lives: () => boolean;
  /** Ends the workers that run no thread, and allows the process to end while the others wait. */
  readonly settle: () => Promise<void>;
}

/**
 * The script of a worker: first the names that a CommonJS script expects, then tfjs's own script.
 * The latter has line ends inside its string literals, which are escaped again.
 */
const workerScript = (factoryFile: string, contents: string): URL => {
  const lines = [
    `import { createRequire } from 'node:module';`,
    `globalThis.require = createRequire(${JSON.stringify(pathToFileURL(factoryFile).href)});`,
    `globalThis.__filename = ${JSON.stringify(factoryFile)};`,
    `globalThis.__dirname = ${JSON.stringify(dirname(factoryFile))};`,
    `(0, eval)(${JSON.stringify(contents.replace(/\n/g, '\\n'))});`,
  ];
  return new URL(`data:text/javascript,${encodeURIComponent(lines.join('\n'))}`);
};

/**
 * The class of the workers that a module asks for. tfjs waits forever for each to load, ignores
 * those that fail, and throws their errors into the program; here they are reported to `failed`.
 * `made` collects all workers, and `gone` those that have ended.
 */
const workersTelling = (failed: (why: string) => void, made: Worker[], gone: Set<Worker>) =>
  class extends Worker {
    constructor(script: string | URL) {
      super(script, apart);
      made.push(this);
      // tfjs writes its own there, which throws.
      Object.defineProperty(this, 'onerror', { get: () => () => undefined, set: () => {} });
      this.on('error', (thrown: unknown) => {
        failed(thrown instanceof Error ? thrown.message : String(thrown));
      });
      this.on('exit', () => {
        gone.add(this);
        failed('a worker that ended');
      });
    }
  };

const events = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs `f`, and restores every global that starting a threaded module changes, whatever happens.
 */
const withGlobals = async <A>(threads: number, f: () => Promise<A>): Promise<A> => {
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const { cpus } = os;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  const [first] = cpus();
  os.cpus = () => (first === undefined ? [] : Array.from({ length: 2 * threads }, () => first));
  try {
    return await f();
  } finally {
    os.cpus = cpus;
    if (worker === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', worker);
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (before[i]?.has(listener) === false) process.removeListener(event, listener);
    });
  }
};

/** The functions that `BackendWasm` calls, as tfjs defines them when it starts a module itself. */
const withFunctions = (module: Module): BackendWasm['wasm'] => {
  const wrap = (name: string, count = 0, result: string | null = null) =>
    module.cwrap(name, result, Array<string>(count).fill('number'));
  module.tfjs = {
    init: wrap('init'),
    initWithThreadsCount: wrap('init_with_threads_count', 1),
    getThreadsCount: wrap('get_threads_count', 0, 'number'),
    registerTensor: wrap('register_tensor', 3),
    disposeData: wrap('dispose_data', 1),
    dispose: wrap('dispose'),
  };
  // Boundary with tfjs: an emscripten module with the record `tfjs` is what its backend takes.
  return module as unknown as BackendWasm['wasm'];
};

/**
 * Starts the module with SIMD: for several threads the build that has them, for one thread the
 * build without.
 */
export const startModule = async (threads: number): Promise<WasmModule> => {
  const name = threads > 1 ? 'tfjs-backend-wasm-threaded-simd' : 'tfjs-backend-wasm';
  const factoryFile = scriptFile(`${name}.js`);
  // Boundary with tfjs: these two files of its package have no types that fit.
  const factory = load(factoryFile) as Factory;
  const { wasmWorkerContents } = load(scriptFile('tfjs-backend-wasm-threaded-simd.worker.js')) as {
    readonly wasmWorkerContents: string;
  };
  const script = workerScript(factoryFile, wasmWorkerContents);
  const made: Worker[] = [];
  const gone = new Set<Worker>();
  const began = withGlobals(threads, () =>
    inTime(
      'wasm',
      'threads that start',
      (failed) => {
        const workers = workersTelling(failed, made, gone);
        // The module writes Node's own class there before it takes it.
        const fixed = { configurable: true, get: () => workers, set: () => undefined };
        Object.defineProperty(globalThis, 'Worker', fixed);
        return factory({
          locateFile: (file) =>
            file.endsWith('.worker.js')
              ? script
              : binaryFile(threads > 1 ? file : 'tfjs-backend-wasm-simd.wasm'),
          mainScriptUrlOrBlob: factoryFile,
        });
      },
      START_SECONDS,
    ),
  );
  const module = await began.catch(async (thrown: unknown) => {
    await Promise.all(made.map((worker) => worker.terminate()));
    throw thrown;
  });
  return {
    wasm: withFunctions(module),
    memory: wasmMemory(module),
    threads: () => (module.PThread?.runningWorkers.length ?? 0) + 1,
    lives: () =>
      gone.size === 0 || !(module.PThread?.runningWorkers ?? []).some((worker) => gone.has(worker)),
    settle: async () => {
      const pool = module.PThread;
      if (pool === undefined) return;
      for (const worker of pool.runningWorkers) worker.unref();
      const unused = pool.unusedWorkers;
      pool.unusedWorkers = [];
      await Promise.all(unused.map((worker) => worker.terminate()));
    },
  };
};
