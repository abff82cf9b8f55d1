/**
 * Choosing and starting a backend: one value, one call.
 *
 * | backend   | runs on                         | values  |
 * |-----------|---------------------------------|---------|
 * | `wasm`    | WebAssembly with SIMD, 1 thread | float32 |
 * | `cpu`     | plain JavaScript                | float32 |
 * | `float64` | plain JavaScript, the reference | float64 |
 *
 * Starting one makes it current for the whole process: tfjs keeps one engine. Tensors belong to the backend
 * that was current when they were made.
 */
import { dirname, sep } from 'node:path';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, env, findBackend, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, Fault, type ProxpropError } from '../core';
import { registerFloat64 } from './float64';
import { checkAllocations } from './wasmMemory';
import { installWasmConvolution } from './wasmConvolution';
import { installWasmMatMul } from './wasmMatMul';
import { installWasmPooling } from './wasmPooling';

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
}

const unavailable = (name: Backend, found: unknown): ProxpropError =>
  error('backend', name, 'a backend that starts', found instanceof Error ? found.message : String(found));

const prepare: { readonly [B in Backend]: () => Promise<void> } = {
  wasm: async () => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    if (findBackend('wasm') == null)
      wasm.setWasmPaths(
        dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep,
      );
    installWasmMatMul();
    installWasmConvolution();
    installWasmPooling();
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    // tfjs prints an advertisement at the first use in Node; a program's output is its own.
    Reflect.set(findBackend('cpu'), 'firstUse', false);
  },
  float64: () => {
    registerFloat64();
    return Promise.resolve();
  },
};

/**
 * Start a backend and make it current. Left, with what is missing, when it cannot start; the backend that was
 * current before stays so.
 *
 * @example
 * const started = await start('wasm')();
 * if (E.isLeft(started)) console.error(describe(started.left));
 */
export const start =
  (backend: Backend = defaultBackend): TE.TaskEither<ProxpropError, Running> =>
  async () => {
    if (!backends.includes(backend))
      return E.left(error('backend', 'backend', `one of ${backends.join(', ')}`, backend));
    const before = engine().backendName;
    try {
      await prepare[backend]();
      const running = await setBackend(backend);
      if (!running) throw new Error('tfjs could not initialise it');
      // Boundary with tfjs: the backend is the one just set, whose class its type does not know.
      if (backend === 'wasm') checkAllocations(engine().backend as BackendWasm);
      const simd = backend === 'wasm' && (await env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
      return E.right({ backend, simd, threads: 1 });
    } catch (thrown) {
      if (typeof before === 'string' && before !== '' && before !== backend) await setBackend(before);
      return E.left(thrown instanceof Fault ? thrown.error : unavailable(backend, thrown));
    }
  };
