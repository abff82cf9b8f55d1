/** Hyperparameters that are none, and groups that are none: each is one line when the state is made. */
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam, attempt, dispose, liveTensors, Optimizer, sgd, weightDecay } from '../../src';
import { messageOf, started } from '../support';

const {
  accumulate,
  adadelta,
  adafactor,
  adagrad,
  adamw,
  chain,
  clip,
  clipByGlobalNorm,
  clipByRms,
  ema,
  frozen,
  lion,
  masked,
  multiTransform,
  muon,
  nadam,
  rmsprop,
} = Optimizer;

const parameters = () => [
  { weights: tensor2d([1, 2, 3, 4], [2, 2]), bias: tensor1d([5, 6]) },
  { weights: tensor2d([7, 8], [1, 2]), bias: tensor1d([9]) },
];

const PATHS = '0.weights, 0.bias, 1.weights, 1.bias';

const refused: readonly (readonly [Optimizer.Optimizer, string])[] = [
  [clip(0), 'clip: expected a positive finite number, found 0'],
  [clipByGlobalNorm(-1), 'clip norm: expected a positive finite number, found -1'],
  [clipByGlobalNorm(Infinity), 'clip norm: expected a positive finite number, found Infinity'],
  [
    clipByGlobalNorm(1e-50),
    'clip norm: expected a number that float32 holds, 1.2e-38 to 3.4e38, found 1e-50',
  ],
  [clipByRms(Number.NaN), 'clip root mean square: expected a positive finite number, found NaN'],
  [accumulate(0, sgd(0.1)), 'accumulate: expected a whole number of at least 1, found 0'],
  [accumulate(2.5, sgd(0.1)), 'accumulate: expected a whole number of at least 1, found 2.5'],
  [accumulate(2, sgd(-1)), 'learning rate: expected a positive finite number, found -1'],
  [ema(1), 'ema decay: expected a number in [0, 1), found 1'],
  [ema(-0.1), 'ema decay: expected a number in [0, 1), found -0.1'],
  [rmsprop(0.1, { decay: 2 }), 'decay: expected a number in [0, 1), found 2'],
  [rmsprop(0.1, { epsilon: 0 }), 'epsilon: expected a positive finite number, found 0'],
  [rmsprop(0.1, {}, 1), 'momentum: expected a number in [0, 1), found 1'],
  [adamw(0.1, { decay: -1 }), 'weight decay: expected a finite number of at least 0, found -1'],
  [adamw(0.1, { beta2: 1 }), 'beta2: expected a number in [0, 1), found 1'],
  [nadam(0.1, { beta1: Number.NaN }), 'beta1: expected a number in [0, 1), found NaN'],
  [lion(0.1, { beta1: 1 }), 'beta1: expected a number in [0, 1), found 1'],
  [adagrad(0.1, 1e-20), 'epsilon: expected a number of at least 1e-16 in float32, found 1e-20'],
  [adadelta(1, 1.5), 'decay: expected a number in [0, 1), found 1.5'],
  [adafactor(0.1, { exponent: 2 }), 'decay exponent: expected a number in (0, 1], found 2'],
  [adafactor(0.1, { epsilon: -1 }), 'epsilon: expected a positive finite number, found -1'],
  [muon(0.1, { steps: 0 }), 'orthogonalised steps: expected a whole number of at least 1, found 0'],
  [muon(0.1, { mu: 1 }), 'momentum: expected a number in [0, 1), found 1'],
  [sgd(() => Number.NaN), 'learning rate at update 0: expected a positive finite number, found NaN'],
  [sgd(() => 0), 'learning rate at update 0: expected a positive finite number, found 0'],
  [sgd((step) => -step - 1), 'learning rate at update 0: expected a positive finite number, found -1'],
  [masked(adam(), '2'), `masked (adam): expected the path of parameters (${PATHS}), found "2"`],
  [
    masked(sgd(1), ['0', '1.weight']),
    `masked (sgd): expected the path of parameters (${PATHS}), found "1.weight"`,
  ],
  [weightDecay(0.1, 'bias'), `weightDecay.of: expected the path of parameters (${PATHS}), found "bias"`],
  [muon(0.1, { of: 'nix' }), `muon.of: expected the path of parameters (${PATHS}), found "nix"`],
  [
    muon(0.1, {
      of: () => {
        throw new Error('no such layer');
      },
    }),
    'muon.of at 0.weights: expected a function that runs on its inputs, found no such layer',
  ],
  [
    // @ts-expect-error as from JavaScript
    masked(sgd(1), () => undefined),
    'masked (sgd) at 0.weights: expected true or false, found undefined',
  ],
  [
    masked(sgd(1), () => {
      throw new Error('no such layer');
    }),
    'masked (sgd) at 0.weights: expected a function that runs on its inputs, found no such layer',
  ],
  [
    multiTransform([{ of: '0', by: frozen }]),
    'groups: expected each tensor of the parameters in a group, found 1.weights in none',
  ],
  [
    multiTransform([
      { of: () => true, by: sgd(1) },
      { of: '0.scale', by: frozen },
    ]),
    `groups.1: expected the path of parameters (${PATHS}), found "0.scale"`,
  ],
  [chain(ema(0.9), adam()), 'optimizer.0 (ema): expected the last place of its chain, found adam after it'],
  [
    chain(masked(ema(0.9), '0'), masked(sgd(1), '0.bias')),
    'optimizer.0 (ema): expected the last place of its chain, found scale after it',
  ],
  [
    chain(ema(0.9), clipByGlobalNorm(1)),
    'optimizer.0 (ema): expected the last place of its chain, found clipByGlobalNorm after it',
  ],
  [
    chain(masked(ema(0.9), '0'), masked(clipByGlobalNorm(1), '0.bias')),
    'optimizer.0 (ema): expected the last place of its chain, found clipByGlobalNorm after it',
  ],
];

describe('optimizers', () => {
  beforeAll(() => started('wasm'));

  it.each(refused)('%#: refuse what is none', (optimizer, line) => {
    const theirs = parameters();
    const before = liveTensors();
    expect(messageOf(attempt(() => Optimizer.initOptimizer(optimizer, theirs)))).toBe(
      `options error at ${line}`,
    );
    expect(liveTensors()).toBe(before);
    dispose(theirs);
  });

  it('take an average of a part where what follows moves another', () => {
    const theirs = parameters();
    const optimizer = chain(masked(ema(0.9), '0'), masked(sgd(1), '1'), ema(0.5));
    const state = Optimizer.initOptimizer(optimizer, theirs);
    expect(state.map(({ moments }) => moments.length)).toEqual([1, 0, 1]);
    dispose(theirs, ...Optimizer.momentsOf(state));
  });

  it('take an average in one group beside transforms of trees in another', () => {
    const theirs = parameters();
    const groups = [
      { of: '0', by: chain(sgd(1), ema(0.9)) },
      { of: () => true, by: chain(clipByGlobalNorm(1), muon(0.1)) },
    ];
    const state = Optimizer.initOptimizer(multiTransform(groups), theirs);
    const average = Optimizer.averageOf(multiTransform(groups), state, theirs);
    const twice = chain(
      masked(ema(0.9), '0'),
      masked(
        masked(clipByGlobalNorm(1), () => true),
        '1',
      ),
    );
    dispose(theirs, average, ...Optimizer.momentsOf(state));
    const others = parameters();
    const masks = Optimizer.initOptimizer(twice, others);
    expect(masks).toHaveLength(2);
    dispose(others, ...Optimizer.momentsOf(masks));
  });

  it('ask a later rate for no more than 0', () => {
    const rate = Optimizer.toLearningRate(Optimizer.linear(0.1, 2));
    expect([0, 1, 2, 3].map(rate)).toEqual([0.1, 0.05, 0, 0]);
    const line = messageOf(attempt(() => Optimizer.toLearningRate((step) => 1 - step)(2)));
    expect(line).toBe(
      'options error at learning rate at update 2: expected a finite number of at least 0, found -1',
    );
  });
});
