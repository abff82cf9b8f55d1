/** Places in parameter trees. */
import { scalar, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, scope, toNumber, Tree } from '../../src';
import { placesAt, showPath, treeAt, withTreeAt } from '../../src/internal';
import { messageOf, started } from '../support';

beforeAll(() => started('cpu'));

const numbers = (tree: Tree.Tree): readonly (readonly [string, number])[] =>
  Tree.leavesWithPath(tree).map(([path, leaf]: readonly [string, Tensor]) => [path, toNumber(leaf)]);

const tree = (): Tree.Tree => [{ a: scalar(1), b: scalar(2), c: scalar(3) }, scalar(4)];

describe('a path', () => {
  it('leads to a tree, or to a record of several of its parts', () => {
    scope(() => {
      expect(numbers(treeAt(tree(), [0, 'b']))).toEqual([['', 2]]);
      expect(numbers(treeAt(tree(), [0, ['c', 'a']]))).toEqual([
        ['c', 3],
        ['a', 1],
      ]);
    });
  });
  it('takes what it leads to, and nothing else', () => {
    scope(() => {
      const changed = withTreeAt(tree(), [0, ['c', 'a']], { a: scalar(7), c: scalar(8) });
      expect(numbers(changed)).toEqual([
        ['0.a', 7],
        ['0.b', 2],
        ['0.c', 8],
        ['1', 4],
      ]);
      expect(numbers(withTreeAt(tree(), [1], scalar(9)))).toContainEqual(['1', 9]);
    });
  });
  it('is shown as one name, and as the places of the tensors', () => {
    expect(showPath([0, ['a', 'b']])).toBe('0.a+b');
    expect(placesAt([0, ['a', 'b'], 'w'])).toEqual(['0.a.w', '0.b.w']);
    expect(placesAt([])).toEqual(['']);
    expect(placesAt(['a.b', ['c', 'd.e']])).toEqual(['a\\.b.c', 'a\\.b.d\\.e']);
  });
  it('fails where it leads nowhere', () => {
    scope(() => {
      expect(messageOf(attempt(() => treeAt(tree(), [0, ['a', 'd']])))).toBe(
        'shape error at parameters.0.d: expected parameters, found none',
      );
    });
  });
});
