/** What lies below the first layer with parameters is not differentiated, as nothing there learns. */
import { profile, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyChain,
  backprop,
  chain,
  conv2d,
  direction,
  dispose,
  energyOf,
  exact,
  type Example,
  explicit,
  flatten,
  Key,
  linear,
  type Method,
  proxprop,
  relu,
  reshape,
  residual,
  runStep,
  softmaxCrossEntropy,
  tanh,
  x,
} from '../../src';
import { right, started, testBackends } from '../support';

const example = (): Example => ({
  input: Key.uniform(Key.key(1), [3, 16], -1, 1),
  target: tensor([0, 1, 2], [3], 'int32'),
});

/** How often a step of a method pulls back through a convolution to its input. */
const toInputs = async (net: AnyChain, method: Method): Promise<number> => {
  const parameters = net.init(Key.key(2));
  const { input, target } = example();
  const { kernels } = await profile(() => {
    const found = right(direction(net, softmaxCrossEntropy, method)(parameters, { input, target }));
    dispose(found.direction, found.loss);
    return [];
  });
  dispose(parameters, input, target);
  return kernels.filter(({ name }) => name === 'Conv2DBackpropInput').length;
};

const image = reshape([16], [4, 4, 1]);
const convolution = conv2d([4, 4, 1], 2, 3, { padding: 'same' });
const [positive, flat, last] = [relu([4, 4, 2]), flatten([4, 4, 2]), linear(32, 3)];

const networks: readonly (readonly [string, number, AnyChain])[] = [
  ['one layer without parameters', 0, chain(image, convolution, positive, flat, last)],
  ['several', 0, chain(tanh(16), image, relu([4, 4, 1]), convolution, positive, flat, last)],
  ['a sum of two branches', 0, chain(residual(tanh(16)), image, convolution, positive, flat, last)],
  ['parameters', 1, chain(linear(16, 16), image, convolution, positive, flat, last)],
  ['parameters in a branch', 1, chain(residual(linear(16, 16)), image, convolution, positive, flat, last)],
];
const methods: readonly (readonly [string, Method])[] = [
  ['backprop', backprop()],
  ['proxprop', proxprop({ tauTheta: 0.1, solver: exact() })],
];

describe.each(testBackends)('below a convolution, on %s', (backend) => {
  beforeAll(() => started(backend));

  for (const [below, times, net] of networks)
    for (const [name, method] of methods)
      it(`${name} pulls back to ${below} ${times === 0 ? 'never' : 'once'}`, async () => {
        expect(await toInputs(net, method)).toBe(times);
      });

  it('a step on an activation is made where the state is asked for', () => {
    const net = chain(image, convolution, positive, flat, last);
    const parameters = net.init(Key.key(2));
    const { input, target } = example();
    const energy = energyOf(net, softmaxCrossEntropy, { coupling: () => 1 });
    runStep(energy, explicit(x(1), 0.1), parameters, { input, target }, 'fast', ({ state }) => {
      expect(state.activations[1]?.decrement?.shape).toEqual([3, 4, 4, 1]);
    });
    dispose(parameters, input, target);
  });
});
