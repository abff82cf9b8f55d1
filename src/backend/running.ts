/** The names of the backends, their options, and the description of a running one. */
import { type HeapUse } from './heapUse';
import { type Threads } from './threads';

/** The names of all backends, as `start` and `--backend` accept them. */
export const backends = ['wasm', 'cpu', 'webgpu', 'webgl', 'float64'] as const;

/** The name of a backend. */
export type Backend = (typeof backends)[number];

/** The default of `start`, and of everything else that offers a choice of backend. */
export const defaultBackend: Backend = 'wasm';

/** The running backend, as `start` returns it. */
export interface Running {
  /** The name of the backend. */
  readonly backend: Backend;
  /** Whether its kernels use SIMD instructions of the processor. */
  readonly simd: boolean;
  /** The number of threads that run its kernels; 1 except for `wasm`. */
  readonly threads: number;
  /** For `wasm`: whether its kernels fuse products with sums (relaxed SIMD). */
  readonly relaxed?: boolean;
  /** For GPUs: the adapter, as its driver names it. */
  readonly adapter?: string;
  /** For `wasm`: the memory that tensors occupy. */
  readonly heap?: HeapUse;
  /** One line that says why, if you got less than you asked for, or than one expects. */
  readonly note?: string;
}

/**
 * tfjs's .wasm files. A browser loads the second; with threads, the third; without SIMD, the first.
 */
export const wasmFileNames = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;

/** The address of each of tfjs's .wasm files. */
export type WasmFiles = { readonly [name in (typeof wasmFileNames)[number]]: string };

/** Options of `start`. */
export interface StartOptions {
  /**
   * The number of threads for `wasm`, at most 8; other backends have one. All backends of a process
   * share one engine. Once started, `wasm` keeps its threads, and asking for another number fails.
   * Default: the number that runs already, otherwise `all`.
   */
  readonly threads?: Threads;
  /**
   * For `wasm`: relaxed SIMD, if the engine has it (Node 22 and later, current browsers). Products
   * a·b + c in the kernels of dense layers, convolutions and solves are then rounded once, not
   * twice. The results are the same bytes on any number of threads. They differ from those without
   * relaxed SIMD, and from those on a processor or an engine that does not fuse. If the engine
   * lacks it, `note` says so. The setting holds as long as the process runs. Default: false, so
   * that one program gives the same bytes on every version of Node.
   *
   * @example
   * await start('wasm', { relaxed: true })();
   */
  readonly relaxed?: boolean;
  /**
   * For `wasm` in a browser: the address of the folder with tfjs's .wasm files, or the address of
   * each file. Default: the copies of your bundler, by `new URL(…, import.meta.url)` in the
   * library.
   */
  readonly wasmFiles?: string | WasmFiles;
}

/** How one backend is started. Starting it again while it runs returns the same description. */
export interface Starter {
  /**
   * Registers the backend with tfjs under its name. Throws a `Fault`, or any other exception, if it
   * cannot.
   */
  readonly start: (options: StartOptions) => Promise<Omit<Running, 'backend'>>;
}
