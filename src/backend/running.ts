/** The names of the backends, and what it means that one runs. */
import { type HeapUse } from './heapUse';
import { type Threads } from './threads';

/** The names of all backends, as `start` and `--backend` take them. */
export const backends = ['wasm', 'cpu', 'webgpu', 'webgl', 'float64'] as const;

/** The name of a backend. */
export type Backend = (typeof backends)[number];

/** The default of everything that lets a user choose. */
export const defaultBackend: Backend = 'wasm';

/** What `start` gives: the running backend. */
export interface Running {
  readonly backend: Backend;
  readonly simd: boolean;
  readonly threads: number;
  /** Of `wasm`: whether its kernels fuse products with sums (relaxed SIMD). */
  readonly relaxed?: boolean;
  /** For GPUs: the adapter, as its driver calls it. */
  readonly adapter?: string;
  /** Of `wasm`: what is allocated. */
  readonly heap?: HeapUse;
  /** One line for the user, where something is less than was asked for, or than one expects: why. */
  readonly note?: string;
}

/** tfjs's .wasm files. A browser loads the second; with threads, the third; without SIMD, the first. */
export const wasmFileNames = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;

/** The address of each of tfjs's .wasm files. */
export type WasmFiles = { readonly [name in (typeof wasmFileNames)[number]]: string };

/** How a backend is started: threads, relaxed SIMD, and where its files lie. */
export interface StartOptions {
  /**
   * For `wasm`; the other backends have one. At most 8. All backends of a process share one engine: once started,
   * `wasm` keeps its threads, and asking for another number is an error. Default: as many as run already, else `all`.
   */
  readonly threads?: Threads;
  /**
   * For `wasm`: relaxed SIMD, where the engine has it (Node 22 and later, current browsers). Products a·b + c in the kernels of dense
   * layers, convolutions and solves are then rounded once, not twice. The results are the same bytes on any number of threads, but
   * others than without, and others on a processor or an engine that does not fuse. Default: false, so that one program gives the same
   * bytes on every version of Node. Where the engine lacks it, `note` says so. It is the same for as long as the process runs.
   *
   * @example
   * await start('wasm', { relaxed: true })();
   */
  readonly relaxed?: boolean;
  /**
   * For `wasm` in a browser: the address of the folder of tfjs's .wasm files, or the address of each. Default: those that your
   * bundler has copied, by `new URL(…, import.meta.url)` in the library.
   */
  readonly wasmFiles?: string | WasmFiles;
}

/** How one backend is started. Starting it again, while it runs, gives the same again. */
export interface Starter {
  /** Make it known to tfjs under its name. Throws a `Fault`, or anything, where it cannot be. */
  readonly start: (options: StartOptions) => Promise<Omit<Running, 'backend'>>;
}
