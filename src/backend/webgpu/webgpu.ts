/**
 * Starts WebGPU. It requests the adapter and the device itself, since tfjs assumes that both exist
 * and does not report a lost device.
 */
import { env } from '@tensorflow/tfjs-core';
import { absent, fail, Fault } from '../../core';
import { inTime } from '../answers';
import { canBeLost } from '../lost';
import { platform } from '../platform';
import { type Platform } from '../platform.types';
import { makeRoom, startedRecord, register } from '../records';
import { type Running, type Starter } from '../running';
import { mendWebgpu, PRODUCTS } from './kernels';
import { mendShaders } from './shaders';
import { type Gpu, type GpuAdapter, type GpuDevice } from './types';

type Details = Omit<Running, 'backend'>;

/** Limits that tfjs's kernels assume to be as large as those of the adapter. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/** A driver that starts cold takes seconds, but not longer than this. */
const LONGEST_SECONDS = 30;

const adapterOf = async (gpu: Gpu, seconds: number): Promise<GpuAdapter> =>
  (await inTime(
    'webgpu',
    'an adapter from the driver (restart it, or take wasm)',
    () => gpu.requestAdapter({ powerPreference: 'high-performance' }),
    seconds,
  )) ??
  fail(
    'backend',
    'webgpu',
    'a GPU that WebGPU can use (install a driver for Vulkan, Metal or Direct3D 12, or take wasm)',
    'no adapter',
  );

const deviceOf = async (adapter: GpuAdapter, seconds: number): Promise<GpuDevice> => {
  try {
    return await inTime(
      'webgpu',
      `a device of ${nameOf(adapter)} (free the GPU, restart its driver, or take wasm)`,
      () =>
        adapter.requestDevice({
          requiredLimits: Object.fromEntries(
            LIMITS.map((name) => [name, Number(Reflect.get(adapter.limits, name))]),
          ),
        }),
      seconds,
      // It arrived too late, and nobody uses it.
      (device) => {
        device.destroy();
      },
    );
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    return fail(
      'backend',
      'webgpu',
      'an adapter that gives a device (free the GPU, or take wasm)',
      `${nameOf(adapter)}, which refused: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
};

const nameOf = ({ info }: GpuAdapter): string => {
  const words = [info?.description, info?.device, info?.architecture, info?.vendor];
  return words.find((word) => word !== undefined && word !== '') ?? 'an adapter without a name';
};

const inSoftware = ({ info, isFallbackAdapter }: GpuAdapter): boolean =>
  info?.isFallbackAdapter === true || isFallbackAdapter === true;

const detailsOf = (adapter: GpuAdapter): Details => {
  const software = inSoftware(adapter);
  const name = nameOf(adapter);
  return {
    simd: false,
    threads: 1,
    adapter: name,
    ...(software ? { note: `webgpu runs in software, on ${name}: correct but slow` } : {}),
  };
};

/**
 * Loads the optional package. Bundlers treat an import inside `try` as a package that may be
 * missing.
 */
const library = async () => {
  try {
    return await import('@tensorflow/tfjs-backend-webgpu');
  } catch (thrown) {
    return absent('backend', 'webgpu', ['@tensorflow/tfjs-backend-webgpu@4.22'], thrown);
  }
};

/**
 * Starts WebGPU in the given environment, that of the program or of a test, and waits at most
 * `seconds` for each answer.
 */
export const startWebgpu = async (
  { gpu, makeReadable }: Pick<Platform, 'gpu' | 'makeReadable'>,
  seconds = LONGEST_SECONDS,
): Promise<Details> => {
  const present = startedRecord('webgpu');
  if (present?.lost !== undefined && present.lost() === undefined) {
    // Another copy of the library may have started it.
    canBeLost(present.backend, present.lost);
    return present.details;
  }
  const entry = await gpu();
  // Imported only now: at import tfjs looks for what `gpu` has installed.
  const tfjs = await library();
  const adapter = await adapterOf(entry, seconds);
  const device = await deviceOf(adapter, seconds);
  // If a small operand is on the host, tfjs would run the kernel there, and give other numbers.
  env().set('WEBGPU_CPU_FORWARD', false);
  // tfjs spends a workgroup of 256 on each number of a small product, to keep the cores of a GPU
  // busy. In software they run one after another: the product of two 10 × 10 matrices takes 32 ms,
  // and 0.3 ms by tiles.
  const { MatMulPackedProgram: tiled, MatMulSmallOutputSizeProgram: smallTiles } =
    tfjs.webgpu_util.MatMulProgramType;
  env().set(PRODUCTS, inSoftware(adapter) ? tiled : -1);
  // Boundary with tfjs: its types are the browser's full ones.
  const [theirDevice, theirInfo] = [device, adapter.info] as unknown as ConstructorParameters<
    typeof tfjs.WebGPUBackend
  >;
  const backend = new tfjs.WebGPUBackend(theirDevice, theirInfo);
  makeReadable(backend);
  mendShaders(backend);
  mendWebgpu(smallTiles);
  makeRoom('webgpu');
  let reason: string | undefined;
  void device.lost.then(({ reason: kind, message }) => {
    reason = `a lost one (${kind}: ${message})`;
  });
  const lost = (): string | undefined => reason;
  canBeLost(backend, lost);
  const details = detailsOf(adapter);
  register('webgpu', 3, { backend, details, lost });
  return details;
};

export const webgpu: Starter = { start: () => startWebgpu(platform) };
