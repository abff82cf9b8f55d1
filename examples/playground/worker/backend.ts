/** Starting the backend of a state. */
import * as E from 'fp-ts/Either';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { type ProxpropError, type Running, start } from '../../../src';
import { type BackendName } from '../model/state';

/** As a worker of tfjs's own asks for them too, addresses are whole. */
const absolute = (url: string): string => new URL(url, import.meta.url).href;

const wasmFiles = {
  'tfjs-backend-wasm.wasm': absolute(plain),
  'tfjs-backend-wasm-simd.wasm': absolute(simd),
  'tfjs-backend-wasm-threaded-simd.wasm': absolute(threaded),
};

let running: Running | undefined;

/** The backend, started where it is not the one that runs. `fresh`: whether it has been started now. */
export const ready = async (
  name: BackendName,
): Promise<E.Either<ProxpropError, { readonly running: Running; readonly fresh: boolean }>> => {
  if (running?.backend === name) return E.right({ running, fresh: false });
  const started = await start(name, { wasmFiles })();
  if (E.isLeft(started)) return started;
  running = started.right;
  return E.right({ running, fresh: true });
};
