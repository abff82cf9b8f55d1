/** What `evaluate` refuses, and losses of the user's own. */
import { squaredDifference, sum, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  backprop,
  chain,
  direction,
  dispose,
  evaluate,
  type Examples,
  Key,
  linear,
  liveTensors,
  type Loss,
  scope,
  softmaxCrossEntropy,
} from '../../src';
import { lossValue } from '../../src/internal';
import { boxes, messageOf, right, started } from '../support';

const net = chain(linear(6, 8), linear(8, 3));
const data = boxes(1, 20, 6, 3);

/** As `squaredError`, but one number an example. */
const meanForgotten: Loss = {
  name: 'meanForgotten',
  classifies: false,
  value: (output, target) => sum(squaredDifference(output, target), 1),
};

const throwing: Loss = {
  name: 'throwing',
  classifies: false,
  value: () => {
    throw new Error('no luck');
  },
};

const regression: Examples = { ...data, targets: new Float32Array(60), targetShape: [3] };

const evaluated = async (examples: Examples, loss: Loss = softmaxCrossEntropy): Promise<string> => {
  const parameters = net.init(Key.key(1));
  const found = messageOf(await evaluate(net, loss, parameters, examples)());
  dispose(parameters);
  return found;
};

beforeAll(() => started('cpu'));

describe('evaluate refuses', () => {
  const cases: readonly (readonly [string, Examples, string])[] = [
    ['no examples', { ...data, count: 0 }, 'data error at examples: expected at least one example, found 0'],
    [
      'inputs too few',
      { ...data, inputs: data.inputs.subarray(1) },
      'data error at examples.inputs: expected 120 values, found 119',
    ],
    [
      'a class too many',
      { ...data, targets: data.targets.map((v, i) => (i === 4 ? 3 : v)) },
      'data error at examples.targets[4]: expected a class in 0 … 2, found 3',
    ],
    [
      'another shape',
      { ...data, shape: [2, 3] },
      'shape error at examples: expected examples [6], found examples [2, 3]',
    ],
  ];
  for (const [name, examples, line] of cases)
    it(name, async () => {
      expect(await evaluated(examples)).toBe(line);
    });
});

describe('evaluate', () => {
  it('gives the mean of all examples, also where the last batch is smaller', async () => {
    const parameters = net.init(Key.key(1));
    const [whole, cut] = await Promise.all(
      [20, 7].map(async (size) => right(await evaluate(net, softmaxCrossEntropy, parameters, data, size)())),
    );
    // By the definition: the mean over all of them at once. Float32 rounding of three sums instead of one.
    expect(cut?.loss).toBeCloseTo(whole?.loss ?? Number.NaN, 6);
    expect(cut?.accuracy).toBe(whole?.accuracy);
    dispose(parameters);
  });
});

describe('a loss of the user’s own', () => {
  const noScalar =
    'shape error at loss meanForgotten: expected a scalar, the mean over the batch, found a tensor [20]';
  const thrown = 'loss error at loss throwing: expected a function that runs on its inputs, found no luck';

  it('is named by evaluate', async () => {
    const before = liveTensors();
    expect(await evaluated(regression, meanForgotten)).toBe(noScalar);
    expect(await evaluated(regression, throwing)).toBe(thrown);
    expect(liveTensors()).toBe(before);
  });

  it('is named by a step, in both interpreters', () => {
    const before = liveTensors();
    scope(() => {
      const example = {
        input: tensor2d(data.inputs, [20, 6]),
        target: tensor2d(new Float32Array(60), [20, 3]),
      };
      const parameters = net.init(Key.key(1));
      for (const interpreter of ['fast', 'plain'] as const)
        for (const [loss, line] of [
          [meanForgotten, noScalar],
          [throwing, thrown],
        ] as const)
          expect(messageOf(direction(net, loss, backprop(), interpreter)(parameters, example))).toBe(line);
    });
    expect(liveTensors()).toBe(before);
  });

  it('may give its scalar as a tensor [1]', () => {
    scope(() => {
      const one: Loss = { ...throwing, value: () => tensor1d([2]) };
      const output = tensor2d([[1]]);
      expect(right(attempt(() => lossValue(one, output, output))).size).toBe(1);
    });
  });
});
