import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul, scalar, Tensor } from '@tensorflow/tfjs-core';
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

describe('names of any kind', () => {
  beforeAll(() => started('cpu'));

  /** Names that meet where paths are joined without care. */
  const names = fc.constantFrom(
    'a',
    'b',
    'a.b',
    '',
    '.',
    '\\',
    'a\\',
    '\\e',
    '0',
    '1',
    '10',
    '#0',
    '"',
    '__proto__',
  );
  const anyNames: fc.Arbitrary<Shape> = fc.letrec<{ tree: Shape }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: -9, max: 9 }),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc
        .uniqueArray(fc.tuple(names, tie('tree')), { maxLength: 4, selector: ([name]) => name })
        .map((entries): Shape => Object.fromEntries(entries)),
    ),
  })).tree;

  /** Whether all paths of a tree are different, under a way of making them. */
  const distinct = (paths: (tree: Tree.Tree) => readonly string[]): boolean =>
    !fc.check(
      fc.property(anyNames, (shape) =>
        scope(() => {
          const found = paths(build(shape));
          return new Set(found).size === found.length;
        }),
      ),
      { seed: SEED, numRuns: 500 },
    ).failed;

  it('give each place a path of its own', () => {
    console.log(`distinct paths: 500 cases, seed ${SEED}`);
    expect(distinct((tree) => Tree.leavesWithPath(tree).map(([path]) => path))).toBe(true);
    // Names joined as they are: what the law rejects.
    const joined = (tree: Tree.Tree, path: string): readonly string[] =>
      tree instanceof Tensor
        ? [path]
        : Object.entries(tree).flatMap(([name, child]: [string, Tree.Tree]) =>
            joined(child, path === '' ? name : `${path}.${name}`),
          );
    expect(distinct((tree) => joined(tree, ''))).toBe(false);
  });

  it('zip a tree with itself, whatever the order of its keys', () => {
    const reversed = (shape: Shape): Shape =>
      typeof shape === 'number'
        ? shape
        : isList(shape)
          ? shape.map(reversed)
          : Object.fromEntries(
              Object.entries(shape)
                .reverse()
                .map(([name, s]) => [name, reversed(s)]),
            );
    console.log(`zip by names: 200 cases, seed ${SEED}`);
    fc.assert(
      fc.property(anyNames, (shape) => {
        scope(() => {
          const [tree, other] = [build(shape), build(reversed(shape))];
          expect(numbers(Tree.zip((a, b) => add(a, b))(tree, other))).toEqual(
            numbers(tree).map((v) => 2 * v),
          );
          expect(numbers(Tree.inOrderOf(tree, other))).toEqual(numbers(tree));
        });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('keep a point in a name apart from a record in a record', () => {
    scope(() => {
      const tree = (a: number, b: number) => ({ 'a.b': scalar(a), a: { b: scalar(b) } });
      expect(Tree.leavesWithPath(tree(1, 2), 'p').map(([path]) => path)).toEqual(['p.a\\.b', 'p.a.b']);
      expect(numbers(Tree.zip((x, y) => add(x, y))(tree(10, 20), tree(1, 2)))).toEqual([11, 22]);
    });
  });

  it('tell a tuple from a record, and a tree from what is none', () => {
    scope(() => {
      expect(() => Tree.zip((a) => a)<Tree.Tree>([scalar(1)], { 0: scalar(1) })).toThrow(
        'shape error at tree.0: expected nothing, as in the other tree, found a tensor',
      );
      // What the type excludes, from programs without types.
      const number = JSON.parse('5') as Tree.Tree;
      expect(() => Tree.leaves([{ w: number }])).toThrow(
        'shape error at 0.w: expected a tensor, a tuple or a record, found number',
      );
    });
  });
});
