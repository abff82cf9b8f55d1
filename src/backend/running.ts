/** The names of the backends, and what it means that one runs. */
import { type Threads } from './threads';
import { type HeapUse } from './wasmMemory';

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
  /** For GPUs: the adapter, as its driver calls it. */
  readonly adapter?: string;
  /** Of `wasm`: what is allocated. */
  readonly heap?: HeapUse;
  /** One line for the user, where something is less than was asked for, or than one expects: why. */
  readonly note?: string;
}

export interface StartOptions {
  /**
   * For `wasm`; the other backends have one. At most 8. All backends of a process share one engine: once started,
   * `wasm` keeps its threads, and asking for another number is an error. Default: as many as run already, else `all`.
   */
  readonly threads?: Threads;
  /** For `wasm` in a browser: the address of the folder of tfjs's .wasm files. Default: that of the bundle. */
  readonly wasmFiles?: string;
}

/** How one backend is started. Starting it again, while it runs, gives the same again. */
export interface Starter {
  /** Make it known to tfjs under its name. Throws a `Fault`, or anything, where it cannot be. */
  readonly start: (options: StartOptions) => Promise<Omit<Running, 'backend'>>;
}
