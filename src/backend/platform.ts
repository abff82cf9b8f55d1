/** The surroundings of a program in Node. */
import { Worker } from 'node:worker_threads';
import { physicalCores } from './cores';
import { nodeGpu, readWhileWaiting } from './nodeGpu';
import { type Platform, type WasmStarted } from './platform.types';
import { type Hire } from './team';
import { startModule, type WasmModule } from './wasmModule';

/** The module with these threads, or with one and the reason. */
const moduleWith = async (
  threads: number,
): Promise<{ readonly module: WasmModule; readonly why?: string }> => {
  if (threads > 1)
    try {
      return { module: await startModule(threads) };
    } catch (thrown) {
      return { module: await startModule(1), why: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  return { module: await startModule(1) };
};

/** Helpers die with the process, and do not keep it alive. */
const hire: Hire = async (script, workerData) => {
  const helper = new Worker(script, { eval: true, workerData });
  await new Promise((resolve, reject) => {
    helper.once('online', resolve).once('error', reject);
  });
  helper.unref();
};

const wasm = async (threads: number): Promise<WasmStarted> => {
  const { module, why } = await moduleWith(threads);
  // Not before it is asked for: at import it registers itself as a backend to be chosen.
  const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  setThreadsCount(threads);
  const backend = new BackendWasm(module.wasm);
  await module.settle();
  const { memory } = module;
  return { backend, memory, hire, threads: module.threads(), ...(why === undefined ? {} : { why }) };
};

export const platform: Platform = {
  name: 'Node',
  physicalCores,
  wasm,
  gpu: nodeGpu(() => import('webgpu')),
  makeReadable: readWhileWaiting,
};
