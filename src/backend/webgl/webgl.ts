/** Starts WebGL 2, in browsers. */
import { env } from '@tensorflow/tfjs-core';
import { absent, fail } from '../../core';
import { canBeLost } from '../lost';
import { platform } from '../platform';
import { makeRoom, startedRecord, register } from '../records';
import { type Running, type Starter } from '../running';
import { mendWebgl } from './kernels';
import { mendWebglShaders } from './shaders';

/** The driver's name of the adapter. */
const nameOf = (gl: WebGL): string => {
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = gl.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
  return typeof name === 'string' && name !== '' ? name : 'an adapter without a name';
};

/** The part of a WebGL context that this library uses; the full types would add a browser. */
interface WebGL {
  readonly RENDERER: number;
  readonly isContextLost: () => boolean;
  readonly getParameter: (name: number) => unknown;
  readonly getExtension: (name: string) => { readonly UNMASKED_RENDERER_WEBGL?: number } | null;
}

/**
 * Checks that the browser's WebGL meets the needs of the kernels. Version 0 means that there is
 * none. Half floats would be silently inaccurate.
 */
export const checkWebgl = (version: number, float32: boolean): void => {
  if (version < 2 || !float32)
    fail(
      'backend',
      'webgl',
      'WebGL 2 with float32 textures (turn on hardware acceleration, or take wasm)',
      version === 0 ? 'no WebGL' : version < 2 ? `WebGL ${version}` : 'half floats only',
    );
};

/**
 * Loads the optional package. Bundlers treat an import inside `try` as a package that may be
 * missing.
 */
const library = async () => {
  try {
    return await import('@tensorflow/tfjs-backend-webgl');
  } catch (thrown) {
    return absent('backend', 'webgl', ['@tensorflow/tfjs-backend-webgl@4.22'], thrown);
  }
};

const start = async (): Promise<Omit<Running, 'backend'>> => {
  if (platform.name !== 'browser')
    return fail('backend', 'webgl', 'a browser (in Node take webgpu, or wasm)', platform.name);
  const present = startedRecord('webgl');
  if (present?.lost !== undefined && present.lost() === undefined) {
    // Another copy of the library may have started it.
    canBeLost(present.backend, present.lost);
    return present.details;
  }
  const tfjs = await library();
  const version = env().getNumber('WEBGL_VERSION');
  checkWebgl(version, version > 0 && env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE'));
  // If a small operand is on the host, tfjs would run the kernel there, and give other numbers.
  env().set('WEBGL_CPU_FORWARD', false);
  const backend = new tfjs.MathBackendWebGL();
  mendWebglShaders(backend);
  mendWebgl();
  makeRoom('webgl');
  // Boundary with tfjs: its context is of the browser's type.
  const gl = backend.gpgpu.gl as unknown as WebGL;
  const adapter = nameOf(gl);
  const lost = (): string | undefined =>
    gl.isContextLost() ? 'a lost one (the context of WebGL is lost)' : undefined;
  canBeLost(backend, lost);
  const software = /swiftshader|llvmpipe|software/i.test(adapter);
  const details = {
    simd: false,
    threads: 1,
    adapter,
    ...(software ? { note: `webgl runs in software, on ${adapter}: correct but slow` } : {}),
  };
  register('webgl', 2, { backend, details, lost });
  return details;
};

export const webgl: Starter = { start };
