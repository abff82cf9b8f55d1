/**
 * Places in parameter trees, as lists of names. Unlike paths in one text, no two of them can be
 * confused.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { escaped } from './escaped';
import { isTuple, type Tree } from './tree';

/**
 * One step of a path: a name in a record, a place in a tuple, or several names, for the record of
 * these alone.
 */
export type PathStep = string | number | readonly string[];

/** The names that lead from a tree to a tree inside it. `[]` is the tree itself. */
export type Path = readonly PathStep[];

const isSeveral = (step: PathStep): step is readonly string[] => typeof step === 'object';

export const showPath = (path: Path): string =>
  path.map((step) => (isSeveral(step) ? step.join('+') : `${step}`)).join('.');

/**
 * The places to which a path leads, as they stand in paths of tensors. There are several if a step
 * has several names.
 */
export const placesAt = (path: Path): readonly string[] =>
  path.reduce<readonly string[]>(
    (all, step) =>
      (isSeveral(step) ? step : [step]).flatMap((name) =>
        all.map((before) => (before === '' ? '' : `${before}.`) + escaped(`${name}`)),
      ),
    [''],
  );

const sameStep = (a: PathStep, b: PathStep | undefined): boolean =>
  a === b ||
  (isSeveral(a) && b !== undefined && isSeveral(b) && a.length === b.length && a.every((n, i) => n === b[i]));

/** Whether a path begins with another, which then leads to a tree that holds its own. */
export const beginsWith = (path: Path, start: Path): boolean =>
  start.length <= path.length && start.every((step, i) => sameStep(step, path[i]));

const child = (tree: Tree, name: PathStep, path: Path): Tree => {
  if (isSeveral(name))
    return Object.fromEntries(
      name.map((one) => [one, child(tree, one, [...path.slice(0, -1), one])] as const),
    );
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

/**
 * Puts `value` at a path of `tree`, and leaves all else unchanged. It throws a `shape` `Fault` if
 * there is no such place.
 */
export const withTreeAt = (tree: Tree, [name, ...rest]: Path, value: Tree, from: Path = []): Tree => {
  if (name === undefined) return value;
  const path = [...from, name];
  const inner = withTreeAt(child(tree, name, path), rest, value, path);
  if (tree instanceof Tensor) return fail('shape', `parameters.${showPath(path)}`, 'a tree', 'a tensor');
  return isTuple(tree)
    ? tree.map((part, i) => (i === Number(name) ? inner : part))
    : Object.fromEntries(
        Object.entries(tree).map(([key, part]) => [
          key,
          isSeveral(name) && name.includes(key)
            ? child(inner, key, [...path, key])
            : key === name
              ? inner
              : part,
        ]),
      );
};
