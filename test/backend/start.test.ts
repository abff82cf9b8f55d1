import { afterAll, describe, expect, it } from 'vitest';
import { add, engine, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { type Backend, backends, defaultBackend, onReference, start, toHost } from '../../src';
import { messageOf, right } from '../support';

describe('start', () => {
  afterAll(() => setBackend('cpu'));

  it('starts each backend, again and again, and makes it current', async () => {
    expect(defaultBackend).toBe('wasm');
    for (const backend of [...backends, ...backends]) {
      const running = right(await start(backend)());
      expect(running).toEqual({ backend, simd: backend === 'wasm', threads: 1 });
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
      'backend error at backend: expected one of wasm, cpu, float64, found tpu',
    );
    expect(engine().backendName).toBe('cpu');
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
