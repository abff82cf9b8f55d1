/** The surroundings of a program in a page or a web worker. */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { findBackendFactory } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { browserGpu, type PageScope } from './browserGpu';
import { readByCanvas } from './canvasReads';
import { type Platform, type WasmStarted } from './platform.types';
import { wasmFileNames, type WasmFiles } from './running';
import { wasmAddresses } from './wasmAddresses';
import { memoryOf } from './webAssembly';

/** As much of a page as is used here; the full types bring the rest of the browser along. */
declare const globalThis: PageScope & {
  readonly crossOriginIsolated?: boolean;
  readonly navigator: { readonly hardwareConcurrency?: number };
};

/** A folder's address ends in a slash, for tfjs; the addresses of files are taken as they are. */
const asPaths = (files: string | WasmFiles): string | WasmFiles =>
  typeof files !== 'string' || files.endsWith('/') ? files : `${files}/`;

/** Which of the names is missing from a map that came without types. */
const missingIn = (files: WasmFiles): readonly string[] =>
  wasmFileNames.filter((name) => typeof Reflect.get(files, name) !== 'string');

const placeOf = (files: string | WasmFiles | undefined): string =>
  files === undefined
    ? 'the folder of the page'
    : typeof files === 'string'
      ? files
      : files['tfjs-backend-wasm-simd.wasm'];

const wasm = async (
  threads: number,
  files: string | WasmFiles | undefined = wasmAddresses,
): Promise<WasmStarted> => {
  if (typeof files === 'object' && missingIn(files).length > 0)
    return fail(
      'backend',
      'wasmFiles',
      `an address for each of ${wasmFileNames.join(', ')}`,
      `none for ${missingIn(files).join(', ')}`,
    );
  // Not before it is asked for: at import it registers itself as a backend to be chosen.
  const { getThreadsCount, setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (files !== undefined) setWasmPaths(asPaths(files));
  setThreadsCount(threads);
  const isolated = globalThis.crossOriginIsolated === true;
  try {
    // Boundary with tfjs: what its factory of that name makes is of that class.
    const backend = (await findBackendFactory('wasm')()) as BackendWasm;
    // Those of tfjs's own kernels; it may take fewer than it is told to.
    const running = isolated ? getThreadsCount() : 1;
    const why = isolated
      ? 'tfjs takes at most half of the processors that the browser tells of'
      : 'the page is not cross-origin isolated (headers COOP and COEP)';
    return {
      backend,
      memory: memoryOf(backend.wasm),
      threads: running,
      ...(running < threads || !isolated ? { why } : {}),
    };
  } catch (thrown) {
    // tfjs rejects with a record that is no error.
    const found: unknown =
      typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : thrown;
    return fail(
      'backend',
      'wasm',
      `the .wasm files of tfjs in ${placeOf(files)} (or their addresses as option wasmFiles)`,
      String(found),
    );
  }
};

export const platform: Platform = {
  name: 'browser',
  physicalCores: () => Promise.resolve(Math.max(1, globalThis.navigator.hardwareConcurrency ?? 1)),
  wasm,
  gpu: async () => Promise.resolve(browserGpu(globalThis)),
  makeReadable: readByCanvas,
};
