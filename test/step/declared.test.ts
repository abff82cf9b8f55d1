/** What layers declare is tried out at parameters of any size. */
import { concat, fill, mul, ones, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { chain, energyOf, Key, layer, linear, scope, squaredError, type Tree } from '../../src';
import { checkDeclared } from '../../src/step';
import { started } from '../support';

const [INPUTS, OUTPUTS] = [200, 4];

beforeAll(async () => {
  await started('wasm');
});

/** Weights of a training that diverges, which cancel on inputs of ones: their outputs are rounding. */
const large = (key: number): Tree.Tree => {
  const half = mul(Key.uniform(Key.key(key), [OUTPUTS, INPUTS / 2], 1, 2), 1e8);
  return [{ weights: concat([half, mul(half, -1)], 1), bias: zeros([OUTPUTS]) }];
};

it('takes large weights that cancel for what they are', async () => {
  const energy = energyOf(chain(linear(INPUTS, OUTPUTS)), squaredError);
  const [parameters, input] = scope(() => [large(1), ones([3, INPUTS])] as const);
  await expect(checkDeclared(energy, parameters, input)).resolves.toBeUndefined();
});

it('still finds a layer that is not what it declares at such weights', async () => {
  const squared = layer({
    name: 'squared',
    input: [1],
    output: [1],
    init: () => ({ w: ones([1, 1]) }),
    affine: true,
    forward: ({ w }, x) => mul(x, mul(w, w)),
  });
  const energy = energyOf(chain(squared), squaredError);
  const at = (size: number) => checkDeclared(energy, [{ w: fill([1, 1], size) }], ones([3, 1]));
  await expect(at(1e8)).rejects.toThrow(/affine in the parameters, as the layer declares/);
  await expect(at(1)).rejects.toThrow(/affine in the parameters, as the layer declares/);
});
