/** What a solution is measured to be worth, where float32 cannot know better. */
import { concat, mul, tensor, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Key, linear, scope, Solver, toNumber, Tree } from '../../src';
import { measure } from '../../src/solver/measure';
import { started, testBackends } from '../support';

const numberOf = (measured: Solver.Measured): number =>
  typeof measured === 'number' ? measured : toNumber(measured);

describe.each(testBackends)('a measurement on %s', (backend) => {
  beforeAll(() => started(backend));

  const UNITS = 6;
  const PAIRS = 200;
  /** Equal inputs, and errors that cancel but for a share of them. */
  const contrary = (share: number) => {
    const x = concat(Array.from({ length: 2 * PAIRS }, () => Key.uniform(Key.key(1), [1, 8], 0.5, 1)));
    const design = linear(8, UNITS).design?.(x) ?? expect.fail('a design');
    const row = Array.from({ length: 2 * PAIRS }, (_, i) => (i % 2 === 0 ? 1 + share : -1));
    const h = mul(
      tensor(
        Array.from({ length: UNITS }, () => row),
        [UNITS, 2 * PAIRS],
      ),
      Math.PI,
    );
    return { design, h };
  };

  it('adds what sums over the batch may have lost', () => {
    scope(() => {
      const at = (share: number): number => {
        const { design, h } = contrary(share);
        // Of float64: the best that there is.
        const { value } = Solver.solveRidge(design, h, 1, Solver.exact({ precision: 'float64' }));
        return numberOf(measure(design, h, 1, value).residual);
      };
      // A sum of 2n terms of size t, each h and what is missed of it, is known to 2⁻²⁴·√(2n)·√(2n)·2t; what is left is n·share·t: 4·2⁻²⁴
      // of that share. Half of it, for signs that are drawn.
      const least = (share: number): number => (2 * 2 ** -24) / share;
      expect(at(1e-5)).toBeGreaterThan(least(1e-5));
      expect(at(1e-3)).toBeGreaterThan(least(1e-3));
      // And where little cancels, hardly anything.
      expect(at(1)).toBeLessThan(1e-5);
    });
  });

  it('is one of no step at all, and zero of none that is wanted', () => {
    scope(() => {
      const { design, h } = contrary(1);
      const none = Tree.map(zerosLike)(
        Solver.solveRidge(design, h, 1, Solver.exact({ precision: 'float64' })).value,
      );
      expect(numberOf(measure(design, h, 1, none).residual)).toBeCloseTo(1, 4);
      expect(numberOf(measure(design, zerosLike(h), 1, none).residual)).toBe(0);
    });
  });
});
