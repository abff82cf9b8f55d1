/**
 * What the backends need of the surroundings they run in. There are two: Node (`platform.ts`) and the browser
 * (`platform.browser.ts`); the field `imports` of package.json puts the second in the place of the first under the condition
 * `browser`, so that no bundle for a page ever meets a module of Node.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type Hire } from './wasm/helper';
import { type WasmFiles } from './running';
import { type WasmMemory } from './wasm/webAssembly';
import { type Gpu } from './webgpu/types';

/** A WASM backend that runs. */
export interface WasmStarted {
  readonly backend: BackendWasm;
  readonly memory: WasmMemory;
  /** Threads that run, or that can be had by `hire`. */
  readonly threads: number;
  /** Why there are fewer than were asked for, where the surroundings say so. */
  readonly why?: string;
  /** Whether all threads of tfjs are still there, as far as the program has been told; true where it never is. */
  readonly lives?: () => boolean;
  /** How further threads for kernels of our own are had, where they can be. */
  readonly hire?: Hire;
}

export interface Platform {
  readonly name: 'Node' | 'browser';
  readonly physicalCores: () => Promise<number>;
  /** tfjs's WASM backend on at most so many threads, not yet known to tfjs. */
  readonly wasm: (threads: number, files: string | WasmFiles | undefined) => Promise<WasmStarted>;
  /** The entry to WebGPU, in place where tfjs looks for it. A `Fault` that says what is missing. */
  readonly gpu: () => Promise<Gpu>;
  /** What has to be done to the backend before use, so that tensors can be read while the program waits. */
  readonly makeReadable: (backend: WebGPUBackend) => void;
}
