import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { scope, toHost, toNumber, Tree } from '../../src';
import { started } from '../support';

type Shape = number | readonly Shape[] | { readonly [name: string]: Shape };

const shapes: fc.Arbitrary<Shape> = fc.letrec<{ tree: Shape }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -9, max: 9 }),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('w', 'b', 'gain'), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

const build = (shape: Shape): Tree.Tree =>
  typeof shape === 'number'
    ? scalar(shape)
    : isList(shape)
      ? shape.map(build)
      : Object.fromEntries(Object.entries(shape).map(([name, child]) => [name, build(child)]));

const isList = (shape: Shape): shape is readonly Shape[] => Array.isArray(shape);
const numbers = (tree: Tree.Tree): number[] => Tree.leaves(tree).map(toNumber);
const SEED = 1;

describe('trees', () => {
  beforeAll(() => started('cpu'));
  const property = (name: string, holds: (tree: Tree.Tree) => void): void => {
    it(name, () => {
      console.log(`${name}: 200 cases, seed ${SEED}`);
      fc.assert(
        fc.property(shapes, (shape) => {
          scope(() => {
            holds(build(shape));
          });
        }),
        { seed: SEED, numRuns: 200 },
      );
    });
  };
  property('map of the identity is the identity', (tree) => {
    expect(Tree.map((x) => x)(tree)).toEqual(tree);
  });
  property('map of a composition is the composition of maps', (tree) => {
    const [f, g] = [(x: Tensor) => add(x, 1), (x: Tensor) => mul(x, 3)];
    expect(numbers(Tree.map((x) => g(f(x)))(tree))).toEqual(numbers(Tree.map(g)(Tree.map(f)(tree))));
  });
  property('zip of a tree with itself is a map', (tree) => {
    expect(numbers(Tree.zip((a, b) => add(a, b))(tree, tree))).toEqual(numbers(tree).map((v) => 2 * v));
  });
  property('leaves and fromLeaves are inverse', (tree) => {
    expect(Tree.fromLeaves(tree, Tree.leaves(tree))).toEqual(tree);
  });
  property('a tree of other structure is refused', (tree) => {
    expect(() => Tree.zip((a) => a)<Tree.Tree>([tree, scalar(1)], [tree])).toThrow('shape error at tree');
  });

  it('names the path where structures differ', () => {
    scope(() => {
      expect(() => Tree.zip((a) => a)<Tree.Tree>({ w: scalar(1) }, { b: scalar(1) })).toThrow(
        'shape error at tree.b: expected nothing, as in the other tree, found a tensor',
      );
      expect(() =>
        Tree.zip((a) => a)<Tree.Tree>([{ w: scalar(1), b: scalar(1) }], [{ w: scalar(1) }]),
      ).toThrow('shape error at tree.0.b: expected a tensor, as in the other tree, found none');
      expect(() => Tree.fromLeaves([scalar(1)], [])).toThrow(
        'shape error at tree: expected 1 tensors, found 0',
      );
      expect(Tree.leavesWithPath([{ w: scalar(2) }]).map(([path, x]) => [path, ...toHost(x)])).toEqual([
        ['0.w', 2],
      ]);
    });
  });
});
