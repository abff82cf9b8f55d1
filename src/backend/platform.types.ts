/**
 * What the backends need from their environment. There are two environments, Node (`platform.ts`)
 * and the browser (`platform.browser.ts`). Under the condition `browser`, the field `imports` of
 * package.json replaces the first by the second, so no bundle for a page contains a module of Node.
 */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type Hire } from './wasm/helper';
import { type WasmFiles } from './running';
import { type WasmMemory } from './wasm/webAssembly';
import { type Gpu } from './webgpu/types';

/** A running WASM backend. */
export interface WasmStarted {
  readonly backend: BackendWasm;
  readonly memory: WasmMemory;
  /** Threads that run, or that `hire` can start. */
  readonly threads: number;
  /** Why there are fewer threads than you asked for, if the environment knows. */
  readonly why?: string;
  /** Whether all threads of tfjs still run, as far as the program knows; true if it cannot know. */
  readonly lives?: () => boolean;
  /** Starts further threads for kernels of this library, if that is possible. */
  readonly hire?: Hire;
}

export interface Platform {
  readonly name: 'Node' | 'browser';
  readonly physicalCores: () => Promise<number>;
  /** tfjs's WASM backend on at most so many threads, before its registration. */
  readonly wasm: (threads: number, files: string | WasmFiles | undefined) => Promise<WasmStarted>;
  /**
   * The entry to WebGPU, installed where tfjs expects it. Throws a `Fault` that says what is
   * missing.
   */
  readonly gpu: () => Promise<Gpu>;
  /** Prepares the backend so that tensors can be read synchronously. */
  readonly makeReadable: (backend: WebGPUBackend) => void;
}
