/** Which step a linearised solve accepts: one by which φ falls by a ten-thousandth of what its slope promises (Armijo), and not less. */
import { add, mean, mul, sub, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bias, cg, energyOf, implicit, type Loss, scope, theta, toHost, Tree } from '../../src';
import { runDirection } from '../../src/internal';
import { started, testBackends } from '../support';

/** f(y) = −y + y²/2 + (½ − r)·y³: Newton's step from 0 is 1, promises 1, and lowers f by r. */
const loweredBy = (r: number): Loss => ({
  name: 'cubic',
  classifies: false,
  value: (y: Tensor) => {
    const square = mul(y, y);
    return mean(add(sub(mul(square, 0.5), y), mul(mul(square, y), 0.5 - r)));
  },
});

const stepOf = (r: number): number =>
  scope(() => {
    const energy = energyOf(bias([1]), loweredBy(r));
    const example = { input: tensor([[0]]), target: tensor([[0]]) };
    const { direction } = runDirection(energy, implicit(theta(1), 1e12, cg(1)), tensor([0]), example);
    return -(toHost(Tree.leaves(direction)[0] ?? expect.fail('a direction'))[0] ?? Number.NaN);
  });

describe.each(testBackends)('a step on %s', (backend) => {
  beforeAll(() => started(backend));

  it('is taken whole where it lowers φ by twice a ten-thousandth of what is promised, and halved by half of that', () => {
    // Of sums of numbers of the size of one in float32, 1e-7, a thousandth of what is told apart.
    expect(stepOf(2e-4)).toBeCloseTo(1, 5);
    expect(stepOf(0.5e-4)).toBeCloseTo(0.5, 5);
  });
});
