/** The ops of an iteration of CG: the same for each where numbers are read, and a few more for each residual that is kept where not. */
import { add, matMul, mul, profile, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Key, scope } from '../../src';
import { primalIterate } from '../../src/solver/cg';
import { relativeDistance, values } from '../../laws';
import { started } from '../support';

beforeAll(() => started('wasm'));

const N = 12;
const none = new Float64Array(0);

const system = () => {
  const root = Key.uniform(Key.key(1), [N, N], -1, 1);
  const k = matMul(root, root, false, true);
  return {
    product: (v: Tensor): Tensor => add(matMul(v, k), mul(v, 0.1)),
    g: Key.uniform(Key.key(2), [3, N], -1, 1),
  };
};

/** Ops of that many iterations. */
const opsOf = async (iterations: number, reads: boolean): Promise<number> => {
  const { kernels } = await profile(() =>
    scope(() => {
      const { product, g } = system();
      return primalIterate(product, g, iterations, 0, 'perUnit', reads).value;
    }),
  );
  return kernels.length;
};

/** Ops of the second iteration, and of the tenth. */
const opsOfIterations = async (reads: boolean): Promise<readonly [number, number]> => [
  (await opsOf(2, reads)) - (await opsOf(1, reads)),
  (await opsOf(10, reads)) - (await opsOf(9, reads)),
];

describe('an iteration of CG', () => {
  it('costs the same ops, the second and the tenth, where numbers are read', async () => {
    const [second, tenth] = await opsOfIterations(true);
    expect(second).toBeGreaterThan(0);
    expect(tenth).toBe(second);
  });

  it('costs more with each where none is: later residuals are orthogonalised against earlier ones', async () => {
    const [second, tenth] = await opsOfIterations(false);
    expect(tenth).toBeGreaterThan(second);
    // Both are CG: on a system of 12 unknowns six iterations agree to float32, 6e-8, times its condition number, some hundred.
    scope(() => {
      const { product, g } = system();
      const [read, unread] = [true, false].map((reads) =>
        values(primalIterate(product, g, 6, 0, 'perUnit', reads).value),
      );
      expect(relativeDistance(read ?? none, unread ?? none)).toBeLessThan(1e-3);
    });
  });
});
