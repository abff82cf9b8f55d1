/**
 * Choosing and starting a backend: one value, one call. What each runs on and needs is in the table of README.md.
 *
 * Starting one makes it current for the whole process: tfjs keeps one engine. Tensors belong to the backend
 * that was current when they were made.
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
 * Start a backend and make it current. Left, with what is missing and what to do, when it cannot start; the backend
 * that was current before stays so.
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
