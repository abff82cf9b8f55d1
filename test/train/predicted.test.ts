/** What `predict` takes and refuses, and how often a step evaluates a network. */
import { tanh as tanhOf } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  backprop,
  batchOf,
  chain,
  dispose,
  initialState,
  Key,
  layer,
  linear,
  liveTensors,
  Optimizer,
  predict,
  type PredictInputs,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  takeStep,
  toHost,
  type Tree,
} from '../../src';
import { byIndex, inPieces } from '../example/kinds';
import { boxes, messageOf, right, started } from '../support';

const data = boxes(1, 11, 4, 3);
const bytes = { ...data, inputs: Uint8Array.from(data.inputs, (v) => Math.round(100 * v)), scale: 0.01 };
const sizes: number[] = [];

/** tanh, which tells of how many examples it is asked. */
const spy = layer<Tree.NoParameters, readonly [3], readonly [3]>({
  name: 'spy',
  input: [3],
  output: [3],
  init: () => ({}),
  forward: (_, x) => {
    sizes.push(x.shape[0]);
    return tanhOf(x);
  },
});
const net = chain(linear(4, 3), spy);

/** How many examples were looked at once, each time. */
const asked = async (run: () => Promise<unknown>): Promise<readonly number[]> => {
  sizes.length = 0;
  await run();
  return [...sizes];
};

describe('predict', () => {
  beforeAll(() => started('wasm'));

  it('takes arrays, bytes, and examples of any kind, in batches of that size', async () => {
    const before = liveTensors();
    const parameters = net.init(Key.key(1));
    const whole = right(await predict(net, parameters, bytes)());
    for (const inputs of [bytes, byIndex(bytes), inPieces(bytes, 2)])
      expect(
        await asked(async () => {
          const found = right(await predict(net, parameters, inputs, 4)());
          // The same kernels on other batches: the products of a row do not depend on the others.
          toHost(found).forEach((v, i) => {
            expect(v).toBeCloseTo(toHost(whole)[i] ?? Number.NaN, 6);
          });
          expect(found.shape).toEqual([11, 3]);
          dispose(found);
        }),
      ).toEqual([4, 4, 3]);
    expect(
      await asked(async () => {
        dispose(right(await predict(net, parameters, bytes)()));
      }),
    ).toEqual([11]);
    dispose(whole, parameters);
    expect(liveTensors()).toBe(before);
  });

  const { shape, inputs, count } = data;
  it.each([
    [
      { shape, inputs, count: 0 },
      500,
      'options error at inputs.count: expected a whole number of at least 1, found 0',
    ],
    [
      { shape, inputs, count: 1.5 },
      500,
      'options error at inputs.count: expected a whole number of at least 1, found 1.5',
    ],
    [
      { shape: [2, 2], inputs, count },
      500,
      'shape error at inputs: expected inputs [4], found inputs [2, 2]',
    ],
    [
      { shape, inputs: inputs.subarray(1), count },
      500,
      'data error at inputs.inputs: expected 44 values, found 43',
    ],
    [
      { shape, inputs, count },
      0,
      'options error at batchSize: expected a whole number of at least 1, found 0',
    ],
    [
      { shape, inputs: inputs.map((v, i) => (i === 9 ? Number.NaN : v)), count },
      500,
      'data error at inputs.inputs[2]: expected finite numbers, found NaN',
    ],
    [{ shape, inputs, count: 1 }, 1, 'data error at inputs.inputs: expected 4 values, found 44'],
  ] as readonly (readonly [PredictInputs, number, string])[])(
    'refuses %#: one line',
    async (given, size, line) => {
      const parameters = net.init(Key.key(1));
      expect(messageOf(await predict(net, parameters, given, size)())).toBe(line);
      dispose(parameters);
    },
  );

  it('takes a single input, one at a time', async () => {
    const parameters = net.init(Key.key(1));
    const found = right(
      await predict(net, parameters, { shape, inputs: inputs.subarray(0, 4), count: 1 }, 1)(),
    );
    expect(found.shape).toEqual([1, 3]);
    dispose(found, parameters);
  });

  it('refuses parameters of another network', async () => {
    const other = linear(4, 2).init(Key.key(1));
    // Boundary with programs without types.
    const wrong = [other, {}] as unknown as ReturnType<typeof net.init>;
    expect(messageOf(await predict(net, wrong, data)())).toMatch(
      /^shape error at parameters\.0\.\S+: expected /,
    );
    dispose(other);
  });
});

describe('a step of backprop', () => {
  beforeAll(() => started('wasm'));

  it.each([
    ['softmaxCrossEntropy', softmaxCrossEntropy],
    ['squaredError', squaredError],
  ] as const)('evaluates the network once: %s', async (_, loss) => {
    const parameters = net.init(Key.key(1));
    const state = right(initialState(sgd(0.1), parameters));
    const arrays =
      loss === squaredError ? { ...data, targets: new Float32Array(33), targetShape: [3] } : data;
    const batch = batchOf(arrays, Int32Array.of(1, 2, 3));
    const step = takeStep(net, loss, backprop(), sgd(0.1));
    expect(
      await asked(async () => {
        const next = right(await step(state, batch, Key.key(1))());
        dispose(next.state.parameters, next.direction, ...Optimizer.momentsOf(next.state.optimizerState));
      }),
    ).toEqual([3]);
    dispose(parameters, state.parameters, ...Optimizer.momentsOf(state.optimizerState));
    dispose(batch.input, batch.target);
  });
});
