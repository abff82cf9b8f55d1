/**
 * Twenty steps of training on each backend beside the same on cpu, from one seed; the reads of the host during a step,
 * which are to be none on a GPU; and the tensors and buffers that five hundred steps leave behind: none.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, memory } from '@tensorflow/tfjs-core';
import {
  backprop,
  type Backend,
  batchOf,
  chain,
  cg,
  direction,
  dispose,
  exact,
  Key,
  linear,
  type Method,
  nesterov,
  pendingResiduals,
  proxprop,
  relu,
  softmaxCrossEntropy,
  start,
  train,
  type TrainOptions,
} from '../../src';
import { readsStall } from '../../src/internal';
import { boxes, casesOf, right, started, testBackends, testThreads } from '../support';

const net = chain(linear(8, 12), relu(12), linear(12, 4));
const data = boxes(1, 100, 8, 4);

const methods: { readonly [name: string]: Method } = {
  backprop: backprop(),
  'proxprop, exact': proxprop({ tauTheta: 0.05, solver: exact() }),
  'proxprop, cg3': proxprop({ tauTheta: 0.05, solver: cg(3) }),
};

type P = ReturnType<typeof net.init>;

const training = (parameters: P, change: Partial<TrainOptions<P>>) =>
  train(net, softmaxCrossEntropy, {
    parameters,
    method: backprop(),
    optimizer: nesterov(0.3, 0.9),
    train: data,
    test: data,
    epochs: 1,
    batchSize: 20,
    key: Key.key(3),
    ...change,
  });

/** The losses of `epochs` times five batches. */
const lossesOf = async (method: Method, epochs: number): Promise<readonly number[]> => {
  const parameters = net.init(Key.key(2));
  const losses: number[] = [];
  for await (const event of training(parameters, { method, epochs })) {
    if (event.tag === 'batch') losses.push(event.loss);
    if (event.tag === 'failed') throw new Error(event.error.found);
    if (event.tag === 'done') dispose(event.parameters);
  }
  dispose(parameters);
  return losses;
};

/** How often the host reads while `f` runs. */
const readsDuring = (f: () => void): number => {
  const { backend } = engine();
  let reads = 0;
  const { readSync, read } = backend;
  backend.readSync = (id) => {
    reads++;
    return readSync.call(backend, id);
  };
  backend.read = (id) => {
    reads++;
    return read.call(backend, id);
  };
  try {
    f();
  } finally {
    Object.assign(backend, { readSync, read });
  }
  return reads;
};

/** Buffers that the device holds, in use or not: where the backend tells. */
const bytesHeld = (): number => {
  const { numBytesInGPU = 0 } = memory() as { readonly numBytesInGPU?: number };
  return numBytesInGPU;
};

/** What a step holds, it holds at each: a few epochs of five steps tell where a GPU in software runs them. */
const epochs = casesOf(100);

describe.each<Backend>(testBackends)('training on %s', (backend) => {
  const expected = new Map<string, readonly number[]>();
  beforeAll(async () => {
    right(await start('cpu')());
    for (const [name, method] of Object.entries(methods)) expected.set(name, await lossesOf(method, 4));
    await started(backend);
    const { adapter, note } = right(await start(backend, { threads: testThreads })());
    console.log(`${backend} on ${adapter ?? 'the processor'}${note === undefined ? '' : ` (${note})`}`);
  });

  it.each(Object.keys(methods))('%s: the losses of 20 steps are within 1e-3 of cpu', async (name) => {
    const losses = await lossesOf(methods[name] ?? backprop(), 4);
    expect(losses.length).toBe(20);
    const worst = losses.map((loss, i) => Math.abs(loss / (expected.get(name)?.[i] ?? Number.NaN) - 1));
    console.log(`${name} on ${backend}: largest distance ${Math.max(...worst).toExponential(1)}`);
    expect(Math.max(...worst)).toBeLessThanOrEqual(1e-3);
    expect(losses[19]).toBeLessThan(0.7 * (losses[0] ?? 0));
  });

  it.each(Object.keys(methods))('%s: reads during the computation of a direction', (name) => {
    const parameters = net.init(Key.key(2));
    const example = batchOf(
      data,
      Int32Array.from({ length: 20 }, (_, i) => i),
    );
    const run = direction(net, softmaxCrossEntropy, methods[name] ?? backprop());
    const reads = readsDuring(() => {
      const found = right(run(parameters, example));
      dispose(found.direction, found.loss, pendingResiduals(found.solves));
    });
    console.log(`${name} on ${backend}: ${reads} reads in a step`);
    if (readsStall()) expect(reads).toBe(0);
    dispose(parameters, [example.input, example.target]);
  });

  it('a loss that is not finite ends training with the last parameters that gave a finite one', async () => {
    const before = memory().numTensors;
    const parameters = net.init(Key.key(2));
    const [finite, ends]: [number[], string[]] = [[], []];
    // The first update takes everything to infinity.
    for await (const event of training(parameters, { optimizer: nesterov(1e38, 0.9) })) {
      if (event.tag === 'batch') finite.push(event.loss);
      if (event.tag === 'failed') {
        ends.push(`${event.error._tag} at ${event.error.path}`);
        // Only the first step's loss was finite: that of the parameters given.
        expect(event.parameters[0].weights.dataSync()).toEqual(parameters[0].weights.dataSync());
        dispose(event.parameters);
      }
    }
    dispose(parameters);
    expect(finite.map((loss) => Number.isFinite(loss))).toEqual([true]);
    expect(ends).toEqual(['loss at epoch 1, step 2']);
    expect(memory().numTensors).toBe(before);
  });

  it(`holds as many tensors and bytes after ${5 * epochs} steps as before`, async () => {
    await lossesOf(backprop(), 2);
    const before = [memory().numTensors, memory().numDataBuffers, bytesHeld()];
    await lossesOf(backprop(), epochs);
    expect([memory().numTensors, memory().numDataBuffers, bytesHeld()]).toEqual(before);
  });
});
