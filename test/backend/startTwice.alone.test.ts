/** Two starts at once, in a process that has not started the backend yet. */
import os from 'node:os';
import { expect, it } from 'vitest';
import { tensor1d } from '@tensorflow/tfjs-core';
import { start } from '../../src';
import { messageOf, right } from '../support';

it('starts wasm once, and puts back what it has changed', async () => {
  const processors = os.cpus().length;
  const first = start('wasm', { threads: 2 })().then((started) => {
    right(started);
    return tensor1d([1, 2, 3]);
  });
  const second = start('wasm', { threads: 2 })();
  const third = start('wasm', { threads: 1 })();
  const held = await first;
  expect(right(await second).threads).toBe(2);
  expect(messageOf(await third)).toBe(
    'backend error at wasm: expected 2 threads, fixed while the process runs, found 1',
  );
  expect(os.cpus().length).toBe(processors);
  expect([...held.dataSync()]).toEqual([1, 2, 3]);
});
