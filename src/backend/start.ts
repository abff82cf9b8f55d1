/**
 * Chooses and starts a backend by one call. The table in README.md says where each runs and what it
 * needs.
 *
 * Starting a backend makes it current for the whole process, since tfjs has one engine. Tensors
 * belong to the backend that was current when they were made.
 */
import { engine, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, Fault, type ProxpropError, whole } from '../core';
import { cpu, float64 } from './host';
import { inTurn } from './records';
import {
  type Backend,
  backends,
  defaultBackend,
  type Running,
  type Starter,
  type StartOptions,
} from './running';
import { wasm } from './wasm/wasm';
import { webgl } from './webgl/webgl';
import { webgpu } from './webgpu/webgpu';

const starters: { readonly [name in Backend]: Starter } = { wasm, cpu, webgpu, webgl, float64 };

const messageOf = (found: unknown): string => (found instanceof Error ? found.message : String(found));

/**
 * Starts a backend and makes it current for the whole process. Call it before you make tensors, as
 * these belong to the backend that is current then. If the backend runs already, it becomes current
 * again.
 *
 * Returns a `Left` with tag `backend` that says what is missing and what to do if the backend
 * cannot start, and with tag `options` for bad options; the previous backend then stays current.
 *
 * @example
 * const started = await start('wasm', { threads: 2 })();
 * if (E.isLeft(started)) console.error(describe(started.left));
 */
export const start =
  (backend: Backend = defaultBackend, options: StartOptions = {}): TE.TaskEither<ProxpropError, Running> =>
  async () => {
    if (!backends.includes(backend))
      return E.left(error('backend', 'backend', `one of ${backends.join(', ')}`, backend));
    const before = engine().backendName;
    try {
      if (typeof options.threads === 'number') whole('threads', options.threads, 1);
      const running = await inTurn(backend, () => starters[backend].start(options));
      if (!(await setBackend(backend))) throw new Error('tfjs could not initialise it');
      return E.right({ backend, ...running });
    } catch (thrown) {
      if (typeof before === 'string' && before !== '' && before !== backend) await setBackend(before);
      return E.left(
        thrown instanceof Fault
          ? thrown.error
          : error('backend', backend, 'a backend that starts', messageOf(thrown)),
      );
    }
  };
