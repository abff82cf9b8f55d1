/** Starting WebGL 2, in browsers. */
import { env } from '@tensorflow/tfjs-core';
import { absent, fail } from '../../core';
import { canBeLost } from '../lost';
import { platform } from '../platform';
import { makeRoom, recordOf, register } from '../records';
import { type Running, type Starter } from '../running';
import { mendWebgl } from './kernels';
import { mendWebglShaders } from './shaders';

/** The name that the driver gives the adapter. */
const nameOf = (gl: WebGL): string => {
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = gl.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
  return typeof name === 'string' && name !== '' ? name : 'an adapter without a name';
};

/** As much of a WebGL context as is used here; the full types bring a browser along. */
interface WebGL {
  readonly RENDERER: number;
  readonly isContextLost: () => boolean;
  readonly getParameter: (name: number) => unknown;
  readonly getExtension: (name: string) => { readonly UNMASKED_RENDERER_WEBGL?: number } | null;
}

/** What the kernels need of the browser's WebGL, of which 0 is none; half floats would be silently inaccurate. */
export const checkWebgl = (version: number, float32: boolean): void => {
  if (version < 2 || !float32)
    fail(
      'backend',
      'webgl',
      'WebGL 2 with float32 textures (turn on hardware acceleration, or take wasm)',
      version === 0 ? 'no WebGL' : version < 2 ? `WebGL ${version}` : 'half floats only',
    );
};

/** Bundlers take what is in `try` for a package that may be missing. */
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
  const present = recordOf('webgl');
  if (present?.lost !== undefined && present.lost() === undefined) {
    // Another copy of the library may have started it.
    canBeLost(present.backend, present.lost);
    return present.details;
  }
  const tfjs = await library();
  const version = env().getNumber('WEBGL_VERSION');
  checkWebgl(version, version > 0 && env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE'));
  // tfjs would run kernels on the host where a small operand happens to be there: other numbers, by another path.
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
