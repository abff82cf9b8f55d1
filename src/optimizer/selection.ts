/** Parts of the parameters, by the paths of their tensors. */
import { explaining, fail, type Shape, short, Tree } from '../core';

/**
 * Selects tensors of the parameters: it takes the path of a tensor, as messages show it
 * (`0.weights`, `block2.mlp.up.bias`), and its shape, and says whether the tensor is selected.
 */
export type Predicate = (path: string, shape: Shape) => boolean;

/**
 * A part of the parameters: the tensors at a path and below it, or at several; or those of a
 * predicate, a pure function.
 */
export type Selection = string | readonly string[] | Predicate;

const isAt = (path: string, place: string): boolean => path === place || path.startsWith(`${place}.`);

/**
 * Makes the predicate of a selection. `where` names the selection in `options` errors of a
 * predicate of the user's.
 */
export const selects = (where: string, selection: Selection): Predicate => {
  if (typeof selection === 'string') return (path) => isAt(path, selection);
  if (typeof selection !== 'function') return (path) => selection.some((place) => isAt(path, place));
  return (path, shape) => {
    const place = `${where} at ${path}`;
    const found: unknown = explaining(place, () => selection(path, shape), 'options');
    return typeof found === 'boolean' ? found : fail('options', place, 'true or false', typeof found);
  };
};

/**
 * Checks a selection. It throws an `options` `Fault` for a path without parameters, and for a
 * predicate that fails on some of them.
 */
export const checkSelection = (where: string, selection: Selection, parameters: Tree.Tree): void => {
  const leaves = Tree.leavesWithPath(parameters);
  if (typeof selection === 'function') {
    const chosen = selects(where, selection);
    for (const [path, { shape }] of leaves) chosen(path, shape);
    return;
  }
  const expected = `the path of parameters (${short(leaves.map(([path]) => path).join(', '))})`;
  for (const place of typeof selection === 'string' ? [selection] : selection)
    if (!leaves.some(([path]) => isAt(path, place)))
      fail('options', where, expected, short(JSON.stringify(place)));
};
