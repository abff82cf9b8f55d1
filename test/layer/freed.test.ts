/** What a network holds while it is evaluated: what is still read, and nothing else. */
import { mul, ones, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chain,
  copies,
  dispose,
  type HeapUse,
  layer,
  liveTensors,
  relu,
  type Running,
  start,
  toHost,
} from '../../src';
import { right } from '../support';

const WIDTH = 1000;
const ROWS = 100;
const ACTIVATION = 4 * ROWS * WIDTH;

describe('a forward pass', () => {
  let heap: HeapUse | undefined;
  beforeAll(async () => {
    const running: Running = right(await start('wasm')());
    heap = running.heap;
  });

  const peakOf = (run: () => Tensor): number => {
    const before = heap?.live() ?? 0;
    heap?.forgetPeak();
    dispose(run());
    return (heap?.peak() ?? Number.NaN) - before;
  };

  it('holds as much of a deep network as of a shallow one', () => {
    const x = ones([ROWS, WIDTH]);
    const [two, sixty] = [2, 60].map((n) =>
      peakOf(() =>
        copies(n, relu(WIDTH)).forward(
          Array.from({ length: n }, () => ({})),
          x,
        ),
      ),
    );
    expect(two).toBeGreaterThanOrEqual(2 * ACTIVATION);
    // Two of its outputs at a time.
    expect(sixty).toBe(two);
    dispose(x);
  });

  it('keeps what is read later, and what the caller gave', () => {
    // A layer of the user's own may give its input back.
    const same = () =>
      layer({
        name: 'same',
        input: [WIDTH],
        output: [WIDTH],
        init: () => ({}),
        forward: (_, x: Tensor) => x,
      });
    const double = layer({
      name: 'double',
      input: [WIDTH],
      output: [WIDTH],
      init: () => ({}),
      forward: (_, x: Tensor) => mul(x, 2),
    });
    const x = ones([ROWS, WIDTH]);
    const before = liveTensors();
    const net = chain(same(), double, same(), same(), double, same());
    const y = net.forward([{}, {}, {}, {}, {}, {}], x);
    expect(toHost(y)[7]).toBe(4);
    expect(toHost(x)[7]).toBe(1);
    expect(liveTensors()).toBe(before + 1);
    dispose(x, y);
  });
});
