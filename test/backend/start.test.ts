import { afterAll, describe, expect, it } from 'vitest';
import { add, engine, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { type Backend, backends, defaultBackend, onReference, start, toHost } from '../../src';
import { messageOf, right, testRelaxed, testThreads } from '../support';

/** Those that need nothing beside Node. */
const everywhere = backends.filter((backend) => backend !== 'webgpu' && backend !== 'webgl');

describe('start', () => {
  afterAll(() => setBackend('cpu'));

  it('starts each backend, again and again, and makes it current', async () => {
    expect(defaultBackend).toBe('wasm');
    for (const backend of [...everywhere, ...everywhere]) {
      const { heap, ...running } = right(
        await start(backend, { threads: testThreads, relaxed: testRelaxed })(),
      );
      expect((heap?.live() ?? 0) > 0).toBe(backend === 'wasm');
      expect(running).toEqual({
        backend,
        simd: backend === 'wasm',
        threads: backend === 'wasm' ? testThreads : 1,
        ...(backend === 'wasm' ? { relaxed: testRelaxed } : {}),
      });
      expect(engine().backendName).toBe(backend);
      const sum = add(tensor1d([1]), tensor1d([2]));
      expect([...toHost(sum)]).toEqual([3]);
    }
  });

  it('gives an error value for a backend that is none, and keeps the one that runs', async () => {
    right(await start('cpu')());
    // What a program without types, or a decoded file, could pass.
    const name: string = JSON.parse('"tpu"') as Backend;
    expect(messageOf(await start(name as Backend)())).toBe(
      'backend error at backend: expected one of wasm, cpu, webgpu, webgl, float64, found tpu',
    );
    expect(engine().backendName).toBe('cpu');
  });

  it('gives an error value for a number of threads that is none, or another than run', async () => {
    right(await start('wasm', { threads: testThreads })());
    expect(messageOf(await start('wasm', { threads: 0 })())).toBe(
      'options error at threads: expected a whole number of at least 1, found 0',
    );
    expect(messageOf(await start('wasm', { threads: testThreads + 1 })())).toBe(
      `backend error at wasm: expected ${testThreads} threads, fixed while the process runs, found ${testThreads + 1}`,
    );
    expect(right(await start('wasm')()).threads).toBe(testThreads);
  });

  it('gives an error value for relaxed SIMD that is neither true nor false, or other than runs', async () => {
    right(await start('wasm', { threads: testThreads, relaxed: testRelaxed })());
    // What a program without types could pass.
    const word = JSON.parse('"yes"') as boolean;
    expect(messageOf(await start('wasm', { relaxed: word })())).toBe(
      'options error at relaxed: expected true or false, found yes',
    );
    expect(messageOf(await start('wasm', { relaxed: !testRelaxed })())).toBe(
      `backend error at wasm: expected relaxed: ${String(testRelaxed)}, fixed while the process runs, found ${String(!testRelaxed)}`,
    );
    expect(right(await start('wasm')()).relaxed).toBe(testRelaxed);
  });

  it('goes back from the reference, also when the computation throws', async () => {
    right(await start('cpu')());
    expect(onReference(() => engine().backendName)).toBe('float64');
    expect(() =>
      onReference(() => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(engine().backendName).toBe('cpu');
  });
});
