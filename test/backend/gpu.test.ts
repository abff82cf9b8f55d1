/** What starting a GPU says where something is missing; devices that are not there are stood in for. */
import { describe, expect, it } from 'vitest';
import { engine } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { attempt, describe as line, Fault, start } from '../../src';
import { inTime } from '../../src/backend/answers';
import { browserGpu } from '../../src/backend/webgpu/browserGpu';
import { nodeGpu, waitWhile } from '../../src/backend/webgpu/nodeGpu';
import { edited } from '../../src/backend/shaderText';
import { checkWebgl } from '../../src/backend/webgl/webgl';
import { startWebgpu } from '../../src/backend/webgpu/webgpu';
import { type GpuAdapter, type GpuDevice } from '../../src/backend/webgpu/types';
import { messageOf, right } from '../support';

const failing = async (f: () => Promise<unknown>): Promise<string> => {
  try {
    await f();
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Fault ? line(thrown.error) : `threw ${String(thrown)}`;
  }
};

const startOn = (adapter: Promise<GpuAdapter | null>, seconds?: number) =>
  failing(() =>
    startWebgpu(
      { gpu: () => Promise.resolve({ requestAdapter: () => adapter }), makeReadable: () => undefined },
      seconds,
    ),
  );

const info = { vendor: 'acme', architecture: '', device: '', description: 'Acme 9000' };
const silence = <A>(): Promise<A> => new Promise(() => undefined);

describe('starting webgpu', () => {
  it('names the package that is missing', async () => {
    const found = await failing(
      nodeGpu(() => Promise.reject(new Error("Cannot find package 'webgpu' imported from here"))),
    );
    expect(found).toBe(
      'backend error at webgpu: expected the packages webgpu, @tensorflow/tfjs-backend-webgpu (npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22), found no webgpu',
    );
  });

  it('says that there is no adapter', async () => {
    expect(await startOn(Promise.resolve(null))).toBe(
      'backend error at webgpu: expected a GPU that WebGPU can use (install a driver for Vulkan, Metal or Direct3D 12, or take wasm), found no adapter',
    );
  });

  it('says that the adapter refused', async () => {
    const refusing: GpuAdapter = {
      limits: {},
      info,
      requestDevice: () => Promise.reject(new Error('out of memory')),
    };
    expect(await startOn(Promise.resolve(refusing))).toBe(
      'backend error at webgpu: expected an adapter that gives a device (free the GPU, or take wasm), found Acme 9000, which refused: out of memory',
    );
    expect(
      await startOn(Promise.resolve({ ...refusing, info: { ...info, description: '', vendor: '' } })),
    ).toContain('an adapter without a name, which refused');
  });

  it('ends where the driver never answers', async () => {
    expect(await startOn(silence(), 0.05)).toBe(
      'backend error at webgpu: expected an adapter from the driver (restart it, or take wasm), found no answer in 0.05 s',
    );
    const silent: GpuAdapter = { limits: {}, info, requestDevice: () => silence() };
    expect(await startOn(Promise.resolve(silent), 0.05)).toBe(
      'backend error at webgpu: expected a device of Acme 9000 (free the GPU, restart its driver, or take wasm), found no answer in 0.05 s',
    );
  });

  it('frees a device that comes too late, and passes on what comes in time', async () => {
    let freed = 0;
    let give: (device: GpuDevice) => void = () => undefined;
    const device = new Promise<GpuDevice>((resolve) => {
      give = resolve;
    });
    const slow: GpuAdapter = { limits: {}, info, requestDevice: () => device };
    expect(await startOn(Promise.resolve(slow), 0.01)).toContain('no answer in 0.01 s');
    give({
      lost: silence(),
      destroy: () => {
        freed++;
      },
    });
    await device;
    expect(freed).toBe(1);
    let late = 0;
    expect(
      await inTime(
        'webgpu',
        'an answer',
        () => Promise.resolve('here'),
        0.01,
        () => {
          late++;
        },
      ),
    ).toBe('here');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(late).toBe(0);
  });

  it('says that a page is insecure, or its browser without WebGPU', () => {
    const of = (isSecureContext: boolean) =>
      messageOf(attempt(() => browserGpu({ isSecureContext, navigator: {} })));
    expect(of(false)).toBe(
      'backend error at webgpu: expected a secure context (serve the page by https, or from localhost), found an insecure one, in which browsers hide navigator.gpu',
    );
    expect(of(true)).toBe(
      'backend error at webgpu: expected a browser with WebGPU (update it, or take webgl or wasm), found no navigator.gpu',
    );
  });
});

describe('a shader that is edited', () => {
  it('has the edit everywhere', () => {
    expect(edited('webgpu', 'some', 'max(a, max(b, c)); mix(1)', [[/max\((\w)/, 'most($1']])).toBe(
      'most(a, max(b, c)); mix(1)'.replace('max(b', 'most(b'),
    );
  });

  it('is refused where it lacks the text', () => {
    expect(messageOf(attempt(() => edited('webgpu', 'softmax', 'min(a)', [[/max\(/, 'most(']])))).toBe(
      "backend error at webgpu: expected tfjs's shader softmax of version 4.22, found one without max\\(",
    );
  });
});

describe('a read that waits', () => {
  it('ends where the device does not answer', () => {
    const wait = (pending: () => boolean): string =>
      messageOf(
        attempt(() => {
          waitWhile(pending, 20);
        }),
      );
    expect(wait(() => true)).toBe(
      'backend error at webgpu: expected an answer from the device, found none in 0.02 s',
    );
    let looks = 0;
    expect(wait(() => looks++ < 60)).toBe('no error');
  });
});

describe('starting webgl', () => {
  it('asks for a browser, and keeps the backend that runs', async () => {
    right(await start('cpu')());
    const started = await start('webgl')();
    expect(messageOf(started)).toBe(
      'backend error at webgl: expected a browser (in Node take webgpu, or wasm), found Node',
    );
    expect(E.isLeft(started) && engine().backendName).toBe('cpu');
  });

  it.each([
    [0, false, 'no WebGL'],
    [1, true, 'WebGL 1'],
    [2, false, 'half floats only'],
  ] as const)('says what version %d, float32 %s lacks', (version, float32, found) => {
    expect(
      messageOf(
        attempt(() => {
          checkWebgl(version, float32);
        }),
      ),
    ).toBe(
      `backend error at webgl: expected WebGL 2 with float32 textures (turn on hardware acceleration, or take wasm), found ${found}`,
    );
  });

  it('takes WebGL 2 with float32', () => {
    expect(
      messageOf(
        attempt(() => {
          checkWebgl(2, true);
        }),
      ),
    ).toBe('no error');
  });
});
