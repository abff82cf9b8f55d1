/**
 * Parameter trees: tensors in nested tuples and records, with maps and zips that keep the type of the tree.
 *
 * The parameters of `linear` are `{ weights, bias }`, those of a chain a tuple of such records, those of a
 * layer without parameters `{}`. Gradients, directions and optimizer moments have the type of the parameters.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';

export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tree of a layer without parameters. */
export type NoParameters = Readonly<Record<string, never>>;

/** Whether a tree is a tuple of trees. */
export const isTuple = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

const entries = (tree: Exclude<Tree, Tensor>): readonly (readonly [string, Tree])[] => Object.entries(tree);

/** The tensors of a tree, depth first, in the order of its keys, each with its path (`0.weights`). */
export const leavesWithPath = (tree: Tree, path = ''): readonly (readonly [string, Tensor])[] =>
  tree instanceof Tensor
    ? [[path, tree]]
    : entries(tree).flatMap(([name, child]) => leavesWithPath(child, path === '' ? name : `${path}.${name}`));

/** The tensors of a tree, depth first, in the order of its keys. */
export const leaves = (tree: Tree): readonly Tensor[] => leavesWithPath(tree).map(([, leaf]) => leaf);

const rebuild = (like: Tree, next: () => Tensor): Tree => {
  if (like instanceof Tensor) return next();
  if (isTuple(like)) return like.map((child) => rebuild(child, next));
  return Object.fromEntries(entries(like).map(([name, child]) => [name, rebuild(child, next)]));
};

/**
 * A tree of the structure of `like` with the given tensors in place of its own, in the order of `leaves`.
 * A `Fault` when the number differs.
 */
export const fromLeaves = <T extends Tree>(like: T, values: readonly Tensor[]): T => {
  const found = leaves(like).length;
  if (values.length !== found) fail('shape', 'tree', `${found} tensors`, `${values.length}`);
  let i = 0;
  const next = (): Tensor => values[i++] ?? fail('shape', 'tree', `${found} tensors`, `${i - 1}`);
  // The one cast: TypeScript cannot follow that rebuilding a T from a T gives a T. The tree laws hold it.
  return rebuild(like, next) as T;
};

/** `map(f)(tree)` applies `f` to every tensor. `map(identity) = identity`, `map(f ∘ g) = map(f) ∘ map(g)`. */
export const map =
  (f: (leaf: Tensor, path: string) => Tensor) =>
  <T extends Tree>(tree: T): T =>
    fromLeaves(
      tree,
      leavesWithPath(tree).map(([path, leaf]) => f(leaf, path)),
    );

const placeIn = (path: string): string => (path === '' ? 'tree' : `tree.${path}`);

/**
 * `zip(f)(a, b)` applies `f` to the tensors at the same places of two trees of one type. A `Fault` naming the
 * path where the structures differ.
 */
export const zip =
  (f: (a: Tensor, b: Tensor, path: string) => Tensor) =>
  <T extends Tree>(a: T, b: NoInfer<T>): T => {
    const right = new Map(leavesWithPath(b));
    const left = leavesWithPath(a);
    const paths = new Set(left.map(([path]) => path));
    for (const path of right.keys())
      if (!paths.has(path)) fail('shape', placeIn(path), 'nothing, as in the other tree', 'a tensor');
    return fromLeaves(
      a,
      left.map(([path, leaf]) =>
        f(
          leaf,
          right.get(path) ?? fail('shape', placeIn(path), 'a tensor, as in the other tree', 'none'),
          path,
        ),
      ),
    );
  };
