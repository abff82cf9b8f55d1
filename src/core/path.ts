/** Places in parameter trees, as lists of names: unlike paths in one text, no two of them can be taken for each other. */
import { Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { isTuple, type Tree } from './tree';

/** The names that lead from a tree to a tree inside it; numbers are places in tuples. `[]` is the tree itself. */
export type Path = readonly (string | number)[];

export const showPath = (path: Path): string => path.join('.');

const child = (tree: Tree, name: string | number, path: Path): Tree => {
  const found =
    tree instanceof Tensor
      ? undefined
      : isTuple(tree)
        ? tree[Number(name)]
        : Object.hasOwn(tree, name)
          ? tree[name]
          : undefined;
  return found ?? fail('shape', `parameters.${showPath(path)}`, 'parameters', 'none');
};

/** The tree inside `tree` at a path. A `Fault` `shape` where there is none. */
export const treeAt = (tree: Tree, path: Path): Tree =>
  path.reduce<Tree>((inner, name, i) => child(inner, name, path.slice(0, i + 1)), tree);

/** `tree` with `value` at a path, and all else as it was. A `Fault` `shape` where there is no such place. */
export const withTreeAt = (tree: Tree, [name, ...rest]: Path, value: Tree, from: Path = []): Tree => {
  if (name === undefined) return value;
  const path = [...from, name];
  const inner = withTreeAt(child(tree, name, path), rest, value, path);
  if (tree instanceof Tensor) return fail('shape', `parameters.${showPath(path)}`, 'a tree', 'a tensor');
  return isTuple(tree)
    ? tree.map((part, i) => (i === Number(name) ? inner : part))
    : Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, key === name ? inner : part]));
};
