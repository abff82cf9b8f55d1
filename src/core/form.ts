/** The form of a tree: names, shapes and kinds of its tensors, without their numbers. */
import { type DataType, engine, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { sameShape, type Shape, showShape } from './shape';
import { isTensor } from './tensor';
import { childOf, type Place, places, type Tree } from './tree';

/** The form of one tensor of a tree, and its place. */
export interface LeafForm extends Place {
  readonly shape: Shape;
  /** The type of its numbers, such as `float32`. */
  readonly dtype: string;
}

/** The form of each tensor of a tree, in the order of its keys. */
export const formOf = (tree: Tree): readonly LeafForm[] =>
  places(tree).map(({ path, key, leaf }) => ({ path, key, shape: leaf.shape, dtype: leaf.dtype }));

/** The form of a record of float32 tensors, by their shapes. */
export const formOfRecord = (shapes: Readonly<Record<string, Shape>>): readonly LeafForm[] =>
  Object.entries(shapes).map(([name, shape]) => ({
    ...childOf({ path: '', key: '' }, name, 'record'),
    shape,
    dtype: 'float32',
  }));

/** The name of the backend that holds the numbers of a tensor, where that is known. */
const holderOf = (leaf: Tensor): string | undefined => {
  const { state, registry } = engine();
  // Boundary with tfjs: its type says that it always finds an entry.
  const info = state.tensorInfo.get(leaf.dataId) as { readonly backend: unknown } | undefined;
  return info === undefined
    ? undefined
    : (Object.entries(registry).find(([, backend]) => backend === info.backend)?.[0] ?? 'another backend');
};

const shown = ({ dtype, shape }: { readonly dtype: string; readonly shape: Shape }): string =>
  dtype === 'float32' ? `a tensor ${showShape(shape)}` : `an ${dtype} tensor ${showShape(shape)}`;

/** A tensor whose numbers can be computed with here, or a `Fault`. */
const checkUsable = (path: string, leaf: Tensor, freed: string): void => {
  if (leaf.isDisposed) fail('memory', path, freed, 'a freed one');
  const { backendName } = engine();
  const holder = holderOf(leaf);
  if (holder !== undefined && holder !== backendName)
    fail(
      'backend',
      path,
      `a tensor of the backend that computes, ${backendName}`,
      `a tensor ${showShape(leaf.shape)} of ${holder}`,
    );
};

/**
 * Checks that a value is a tensor with one of these types of numbers, on the backend that computes.
 * It throws a `Fault` at the path otherwise: `data` for any other value, `memory` and `backend` as
 * `checkForm` does.
 */
export const checkTensor = (path: string, value: unknown, ...kinds: readonly DataType[]): void => {
  if (!isTensor(value)) return fail('data', path, 'a tensor', value === null ? 'null' : typeof value);
  if (kinds.length > 0 && !kinds.includes(value.dtype)) fail('data', path, 'real numbers', value.dtype);
  checkUsable(path, value, 'a tensor that lives');
};

/**
 * Checks that a tree has exactly this form, and that its tensors live on the backend that computes.
 * It throws a `Fault` that names the first tensor that differs: `shape` for one that is missing, is
 * too many, or has another shape or type, even if it could be broadcast; `memory` for a freed one;
 * `backend` for one that another backend holds.
 */
export const checkForm = (
  path: string,
  tree: Tree,
  form: readonly LeafForm[],
  freed = 'a tensor that lives',
): void => {
  const inside = (own: string): string => (own === '' ? path : `${path}.${own}`);
  const found = new Map(places(tree).map((place) => [place.key, place]));
  const expected = new Set(form.map(({ key }) => key));
  for (const one of form) {
    const leaf = found.get(one.key)?.leaf;
    const at = inside(one.path);
    if (leaf === undefined) return fail('shape', at, shown(one), 'none');
    if (!sameShape(leaf.shape, one.shape) || leaf.dtype !== one.dtype)
      fail('shape', at, shown(one), shown(leaf));
    checkUsable(at, leaf, freed);
  }
  for (const { key, path: own, leaf } of found.values())
    if (!expected.has(key)) fail('shape', inside(own), 'no tensor', shown(leaf));
};

/** What a freed tensor of a state should be: events lend theirs. */
export const LIVING = 'a tensor that lives (those of an event are to be copied)';

/**
 * Checks that tensors of any form live on the backend that computes. It throws a `Fault` as
 * `checkForm` does.
 */
export const checkLiving = (path: string, tree: Tree): void => {
  checkForm(path, tree, formOf(tree), LIVING);
};
