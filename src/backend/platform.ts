/** The environment of a program in Node. */
import { Fault } from '../core';
import { physicalCores } from './cores';
import { nodeGpu, readWhileWaiting } from './webgpu/nodeGpu';
import { hire } from './wasm/nodeWorker';
import { type Platform, type WasmStarted } from './platform.types';
import { startModule, type WasmModule } from './wasm/module';

/** Why threads did not start, in one short line. */
const reasonOf = (thrown: unknown): string => {
  const text =
    thrown instanceof Fault ? thrown.error.found : thrown instanceof Error ? thrown.message : String(thrown);
  if (text.includes('uv_cwd')) return 'the current folder was deleted (start in another one)';
  return (text.split('\n')[0] ?? '').slice(0, 120);
};

/** Why threads cannot work here; `undefined` if they can. */
const unable = (): string | undefined =>
  // Waiting for its threads would never end.
  process.versions['bun'] === undefined ? undefined : 'Bun cannot run the threads of tfjs (take Node)';

/** The module with these threads, or with one thread and the reason. */
const moduleWith = async (
  threads: number,
): Promise<{ readonly module: WasmModule; readonly why?: string }> => {
  const why = threads > 1 ? unable() : undefined;
  if (threads === 1 || why !== undefined)
    return { module: await startModule(1), ...(why === undefined ? {} : { why }) };
  try {
    return { module: await startModule(threads) };
  } catch (thrown) {
    return { module: await startModule(1), why: reasonOf(thrown) };
  }
};

const wasm = async (threads: number): Promise<WasmStarted> => {
  const { module, why } = await moduleWith(threads);
  // Imported only on demand: at import it registers itself as a backend that tfjs may choose.
  const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  setThreadsCount(threads);
  const backend = new BackendWasm(module.wasm);
  await module.settle();
  const { memory, lives } = module;
  return { backend, memory, lives, hire, threads: module.threads(), ...(why === undefined ? {} : { why }) };
};

export const platform: Platform = {
  name: 'Node',
  physicalCores,
  wasm,
  gpu: nodeGpu(() => import('webgpu')),
  makeReadable: readWhileWaiting,
};
