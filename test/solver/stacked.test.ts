/** Several problems on one unknown: one design at all inputs where there is one, else their rows one below the other. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exact, Key, linear, projection, scope, Solver, type Tree } from '../../src';
import { relativeDistance, values } from '../../laws';
import { started } from '../support';

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);

type Design = Solver.Design<Tree.Tree>;

const dense = (seed: number): Design =>
  linear(5, 3).design?.(random(seed, [4 + seed, 5])) ?? expect.fail('a design');
const projected = (seed: number): Design =>
  projection([2, 5], 3).design?.(random(seed, [4 + seed, 2, 5])) ?? expect.fail('a design');

const stackOf = (designs: readonly Design[], weights: readonly number[]) => {
  const [first, ...others] = designs.map((design, i) => ({
    design,
    rest: design.fromUnits(random(20 + i, [3, design.rows])),
    weight: weights[i] ?? 1,
  }));
  return first === undefined ? expect.fail('a design') : Solver.stacked(first, ...others);
};

describe.each([
  ['dense layers', dense],
  ['projections', projected],
] as const)('a stack of %s', (_, of) => {
  beforeAll(() => started('wasm'));

  it('of equal weights is one layer at all inputs, and has what the rows one below the other have', () => {
    scope(() => {
      const designs = [1, 2, 3].map(of);
      const apart = designs.map(({ at, ...design }) => (at === undefined ? expect.fail('at') : design));
      const [whole, rows] = [stackOf(designs, [1, 1, 1]), stackOf(apart, [1, 1, 1])];
      expect([whole.design.operator !== undefined, rows.design.operator !== undefined]).toEqual([
        true,
        false,
      ]);
      expect(whole.design.rows).toBe(rows.design.rows);
      // Sums of a few dozen products in float32, in another order.
      const near = (x: Tree.Tree, y: Tree.Tree): void => {
        expect(relativeDistance(values(x), values(y))).toBeLessThan(1e-6);
      };
      near(whole.rest, rows.rest);
      near(whole.design.matrix(), rows.design.matrix());
      near(whole.design.adjoint(whole.rest), rows.design.adjoint(rows.rest));
      const v = whole.design.adjoint(whole.rest);
      near(whole.design.apply(v), rows.design.apply(v));
      const [a, b] = [whole, rows].map(({ design, rest }) => Solver.solveRidge(design, rest, 0.3, exact()));
      near(a?.value ?? v, b?.value ?? v);
    });
  });

  it('of other weights keeps its rows one below the other', () => {
    scope(() => {
      const stack = stackOf([1, 2].map(of), [1, 2]);
      expect(stack.design.operator).toBeUndefined();
    });
  });
});
