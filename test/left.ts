/**
 * A test file leaves its process as it found it, since the next one runs in it. A file that cannot has one of its own, and is
 * named `….alone.test.ts`. A set-up file of all others.
 */
import { engine } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { readsStall } from '../src/core/stall';

/** What a file could leave behind, and the next one would meet. */
const found = () => ({
  environment: { ...process.env },
  folder: process.cwd(),
  clock: performance.now,
  root: Math.sqrt,
  log: console.log,
  // Whatever backend is current: each file starts its own.
  stalls: ['wasm', 'cpu'].includes(engine().backendName) && readsStall(),
});

let before: ReturnType<typeof found> | undefined;

beforeAll(() => {
  before = found();
});

afterAll(() => {
  expect(found()).toEqual(before);
});
