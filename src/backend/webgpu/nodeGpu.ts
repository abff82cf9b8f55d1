/**
 * WebGPU in Node, by the package `webgpu` (Dawn), which is optional and loaded only on demand.
 *
 * Dawn delivers answers only when it is polled, and in Node it polls from an immediate that it
 * queues by the global `setImmediate`. A program that waits for an answer in a loop would wait
 * forever. So this module watches that global: whoever waits takes the immediate that Dawn has
 * queued, runs it, and checks again. This gives Node the synchronous reads that tfjs supports only
 * in browsers (by a canvas).
 */
import { util } from '@tensorflow/tfjs-core';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { absent, fail, isAbsent } from '../../core';
import { type Gpu } from './types';

/** The part of the package's exports that this library uses. */
interface Package {
  readonly create: (options: string[]) => Gpu;
  readonly globals: object;
}

type Callback = (...args: unknown[]) => void;

/** The queued immediate in which Dawn would poll for answers, if there is one. */
let queued: { readonly look: Callback; readonly immediate: NodeJS.Immediate } | undefined;

/**
 * Dawn's callback is native and has no name; bound functions, the other native ones, have a name.
 */
const isDawns = (callback: Callback): boolean =>
  callback.name === '' && Function.prototype.toString.call(callback).includes('[native code]');

const watchImmediates = (): void => {
  const original = globalThis.setImmediate;
  const watching = (callback: Callback, ...args: unknown[]): NodeJS.Immediate => {
    if (!isDawns(callback)) return original(callback, ...args);
    const look = (): void => {
      if (queued?.immediate === immediate) queued = undefined;
      callback();
    };
    const immediate = original(look);
    queued = { look: callback, immediate };
    return immediate;
  };
  // With the properties of the original, by which `util.promisify` knows it.
  globalThis.setImmediate = Object.assign(watching, original);
};

/** Makes Dawn poll for answers now. */
const lookNow = (): void => {
  const now = queued;
  if (now === undefined) return;
  queued = undefined;
  clearImmediate(now.immediate);
  now.look();
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * The first polls follow each other without a pause, for answers that are ready; later polls pause,
 * so that the device gets the core.
 */
const EAGER_LOOKS = 50;
const PAUSE_MILLISECONDS = 0.1;

/** A device may compute for long before it answers, but not for longer than this. */
const LONGEST_MILLISECONDS = 60_000;

/**
 * Polls for answers while one is pending. Throws a `Fault` with tag `backend` if none arrives in
 * time.
 */
export const waitWhile = (pending: () => boolean, longest = LONGEST_MILLISECONDS): void => {
  const started = performance.now();
  for (let looks = 0; pending(); looks++) {
    lookNow();
    if (looks <= EAGER_LOOKS) continue;
    if (performance.now() - started > longest)
      fail('backend', 'webgpu', 'an answer from the device', `none in ${longest / 1000} s`);
    Atomics.wait(sleeper, 0, 0, PAUSE_MILLISECONDS);
  }
};

let entry: Promise<Gpu> | undefined;

const load = async (packaged: () => Promise<Package>): Promise<Gpu> => {
  let found: Package;
  try {
    found = await packaged();
  } catch (thrown) {
    return isAbsent(thrown)
      ? absent('backend', 'webgpu', ['webgpu', '@tensorflow/tfjs-backend-webgpu@4.22'], thrown)
      : fail(
          'backend',
          'webgpu',
          'the package webgpu, with its binary for this machine (npm install webgpu)',
          thrown instanceof Error ? (thrown.message.split('\n')[0] ?? 'none') : String(thrown),
        );
  }
  watchImmediates();
  Object.assign(globalThis, found.globals);
  const gpu = found.create([]);
  const before: unknown = Reflect.get(globalThis, 'navigator');
  const navigator = typeof before === 'object' && before !== null ? before : {};
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
};

/** The entry to WebGPU with its globals installed. It is loaded once. */
export const nodeGpu = (packaged: () => Promise<Package>) => (): Promise<Gpu> => {
  entry ??= load(packaged).catch((thrown: unknown) => {
    entry = undefined;
    throw thrown;
  });
  return entry;
};

/** A buffer that can be mapped, and tfjs's record of a tensor: the parts that this library uses. */
interface Buffer {
  readonly size: number;
  readonly mapState: 'unmapped' | 'pending' | 'mapped';
  readonly mapAsync: (mode: number) => Promise<void>;
  readonly getMappedRange: () => ArrayBuffer;
  readonly unmap: () => void;
}
interface Inner {
  readonly tensorMap: {
    readonly get: (id: object) => {
      readonly resource: Buffer | null;
      readonly values: unknown;
      dtype: 'float32';
    };
  };
  readonly bufferManager: {
    readonly acquireBuffer: (size: number, usage: number) => Buffer;
    readonly releaseBuffer: (buffer: Buffer) => void;
  };
  readonly ensureCommandEncoderReady: () => void;
  readonly endComputePassEncoder: () => void;
  readonly submitQueue: () => void;
  readonly commandEncoder: { copyBufferToBuffer: (...args: readonly (Buffer | number)[]) => void };
  readonly convertAndCacheOnCPU: (id: object, values: Float32Array) => unknown;
}

/** GPUBufferUsage.COPY_DST | MAP_READ, and GPUMapMode.READ. */
const STAGING = 0x8 | 0x1;
const READ = 0x1;

/** Gives the backend synchronous reads, which wait for their answer. */
export const readWhileWaiting = (backend: WebGPUBackend): void => {
  // Boundary with tfjs: the backend's own means for asynchronous reads, which its type calls
  // private.
  const inner = backend as unknown as Inner;
  const stock = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { resource, values, dtype } = inner.tensorMap.get(dataId);
    if (values != null || resource === null) return stock(dataId);
    const staging = inner.bufferManager.acquireBuffer(resource.size, STAGING);
    inner.ensureCommandEncoderReady();
    inner.endComputePassEncoder();
    inner.commandEncoder.copyBufferToBuffer(resource, 0, staging, 0, resource.size);
    inner.submitQueue();
    // A rejection shows in the state, so the rejected promise must not end the process.
    staging.mapAsync(READ).catch(() => undefined);
    waitWhile(() => staging.mapState === 'pending');
    if (staging.mapState !== 'mapped')
      return fail('backend', 'webgpu', 'numbers that can be read', 'a device that is lost');
    const bytes = staging.getMappedRange().slice(0);
    staging.unmap();
    inner.bufferManager.releaseBuffer(staging);
    const read = util.convertBackendValuesAndArrayBuffer(bytes, dtype);
    // Boundary with tfjs: of a numeric dtype these are numbers.
    inner.convertAndCacheOnCPU(dataId, read as Float32Array);
    return read;
  };
};
