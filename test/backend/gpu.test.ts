/** What starting a GPU says where something is missing; devices that are not there are stood in for. */
import { describe, expect, it } from 'vitest';
import { engine } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { attempt, describe as line, Fault, start } from '../../src';
import { browserGpu } from '../../src/backend/browserGpu';
import { nodeGpu, waitWhile } from '../../src/backend/nodeGpu';
import { checkWebgl } from '../../src/backend/webgl';
import { startWebgpu } from '../../src/backend/webgpu';
import { type GpuAdapter } from '../../src/backend/webgpuTypes';
import { messageOf, right } from '../support';

const failing = async (f: () => Promise<unknown>): Promise<string> => {
  try {
    await f();
    return 'no error';
  } catch (thrown) {
    return thrown instanceof Fault ? line(thrown.error) : `threw ${String(thrown)}`;
  }
};

const startOn = (adapter: GpuAdapter | null) =>
  failing(() =>
    startWebgpu({
      gpu: () => Promise.resolve({ requestAdapter: () => Promise.resolve(adapter) }),
      makeReadable: () => undefined,
    }),
  );

describe('starting webgpu', () => {
  it('names the package that is missing', async () => {
    const found = await failing(
      nodeGpu(() => Promise.reject(new Error("Cannot find package 'webgpu' imported from here"))),
    );
    expect(found).toBe(
      "backend error at webgpu: expected the package webgpu (npm install webgpu), found Cannot find package 'webgpu' imported from here",
    );
  });

  it('says that there is no adapter', async () => {
    expect(await startOn(null)).toBe(
      'backend error at webgpu: expected a GPU that WebGPU can use (install a driver for Vulkan, Metal or Direct3D 12, or take wasm), found no adapter',
    );
  });

  it('says that the adapter refused', async () => {
    const info = { vendor: 'acme', architecture: '', device: '', description: 'Acme 9000' };
    const refusing: GpuAdapter = {
      limits: {},
      info,
      requestDevice: () => Promise.reject(new Error('out of memory')),
    };
    expect(await startOn(refusing)).toBe(
      'backend error at webgpu: expected an adapter that gives a device (free the GPU, or take wasm), found Acme 9000, which refused: out of memory',
    );
    expect(await startOn({ ...refusing, info: { ...info, description: '', vendor: '' } })).toContain(
      'an adapter without a name, which refused',
    );
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
