/**
 * Parameter trees: tensors in nested tuples and records, with maps and zips that keep the type of
 * the tree.
 *
 * The parameters of `linear` are `{ weights, bias }`, those of a chain a tuple of such records, and
 * those of a layer without parameters `{}`. Gradients, directions and optimizer moments have the
 * type of the parameters.
 */
import { Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { escaped } from './escaped';

/**
 * A tree of parameters: a tensor, or a tuple or record of trees. Paths such as `0.weights` name its
 * leaves.
 */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tree of a layer without parameters. */
export type NoParameters = Readonly<Record<string, never>>;

/**
 * Whether a tree is a tuple of trees, and not a tensor or a record.
 *
 * @param tree any tree
 *
 * @example isTuple([a, b]) // true
 */
export const isTuple = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

/**
 * Says whether a value is a plain record, of whatever realm. An instance of a class holds more than
 * its fields.
 */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
};

const kindOf = (value: unknown): string => {
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  return 'dataId' in value ? 'a tensor of another copy of tfjs' : value.constructor.name || 'another object';
};

/** Whether it is a tuple or a record, and not what the type excludes. */
const hasChildren = (tree: Exclude<Tree, Tensor>): boolean => {
  const value: unknown = tree;
  return typeof value === 'object' && value !== null && (isTuple(tree) || isPlain(value));
};

/**
 * The children of a tree by their names. A value that the type excludes throws a `Fault`, since it
 * would pass for a tree without tensors.
 */
const entries = (tree: Exclude<Tree, Tensor>, path: string): readonly (readonly [string, Tree])[] =>
  hasChildren(tree)
    ? Object.entries(tree)
    : fail('shape', path === '' ? 'tree' : path, 'a tensor, a tuple or a record', kindOf(tree));

/** The place of something in a tree. */
export interface Place {
  /** The keys from the outside in, as messages show them: `0.weights`. */
  readonly path: string;
  /**
   * The path, with whether each step is into a tuple or a record, so that `[x]` and `{ 0: x }`
   * differ.
   */
  readonly key: string;
}

/** A tensor of a tree, and its place. */
export interface PlacedLeaf extends Place {
  readonly leaf: Tensor;
}

/**
 * Extends the place of a tree by the name of a child: the path for messages, and a key that differs
 * for a tuple and a record.
 *
 * @param place the place of the tree, `path` and `key`
 * @param name the name of the child in it
 * @param of whether the tree is a tuple or a record
 *
 * @example childOf({ path: '0', key: '#0' }, 'weights', 'record').path // '0.weights'
 */
export const childOf = ({ path, key }: Place, name: string, of: 'tuple' | 'record'): Place => ({
  path: path === '' ? escaped(name) : `${path}.${escaped(name)}`,
  key: `${key}${of === 'tuple' ? `#${name}` : JSON.stringify(name)}`,
});

/**
 * Lists the tensors of a tree, depth first, in the order of its keys, each with its path and its
 * key.
 *
 * @param tree the tree. Anything else throws a `Fault` (`shape`)
 * @param at the place where the tree itself lies. Default: the root
 *
 * @example places([{ weights: w }]).map(({ path }) => path) // ['0.weights']
 */
export const places = (tree: Tree, at: Place = { path: '', key: '' }): readonly PlacedLeaf[] => {
  const found: PlacedLeaf[] = [];
  const walk = (here: Tree, place: Place): void => {
    if (here instanceof Tensor) {
      found.push({ leaf: here, path: place.path, key: place.key });
      return;
    }
    const of = isTuple(here) ? 'tuple' : 'record';
    for (const [name, child] of entries(here, place.path)) walk(child, childOf(place, name, of));
  };
  walk(tree, at);
  return found;
};

/**
 * Lists the tensors of a tree, depth first, in the order of its keys, each with its path, such as
 * `0.weights`. Different places have different paths: a point in a name is written `\.`, a
 * backslash `\\`, an empty name `\e`.
 *
 * @param tree the tree. Anything else throws a `Fault` (`shape`)
 * @param path the path of the tree itself. Default: the root
 *
 * @example leavesWithPath([{ weights: w }]).map(([path]) => path) // ['0.weights']
 */
export const leavesWithPath = (tree: Tree, path = ''): readonly (readonly [string, Tensor])[] =>
  places(tree, { path, key: '' }).map(({ leaf, path: own }) => [own, leaf]);

/**
 * Calls a function with each tensor of a tree, depth first, in the order of its keys.
 *
 * @param see the function
 * @returns a function of the tree. Anything else throws a `Fault` (`shape`)
 *
 * @example forEach((leaf) => console.log(leaf.shape))([{ weights: w }])
 */
export const forEach = (see: (leaf: Tensor) => unknown): ((tree: Tree) => void) => {
  const walk = (at: Tree): boolean => {
    if (!(at instanceof Tensor)) return hasChildren(at) && (isTuple(at) ? at : Object.values(at)).every(walk);
    see(at);
    return true;
  };
  return (tree) => {
    // Paths are for what is no tree alone, and they throw: this runs many times in a step.
    if (!walk(tree)) places(tree);
  };
};

/**
 * Lists the tensors of a tree, depth first, in the order of its keys.
 *
 * @param tree the tree. Anything else throws a `Fault` (`shape`)
 *
 * @example leaves([{ weights: w }, {}]).length // 1
 */
export const leaves = (tree: Tree): readonly Tensor[] => {
  const found: Tensor[] = [];
  forEach((leaf) => found.push(leaf))(tree);
  return found;
};

/** `f` of every tensor and its path, from the root's on. */
const rebuilt = (tree: Tree, f: (leaf: Tensor, path: string) => Tree, path: string): Tree => {
  if (tree instanceof Tensor) return f(tree, path);
  const at = (name: string): string => (path === '' ? escaped(name) : `${path}.${escaped(name)}`);
  if (isTuple(tree)) return tree.map((child, i) => rebuilt(child, f, at(`${i}`)));
  return Object.fromEntries(entries(tree, path).map(([name, child]) => [name, rebuilt(child, f, at(name))]));
};

/**
 * Makes a tree of the structure of `like` with other tensors in place of its own, in the order of
 * `leaves`.
 *
 * @param like a tree of that structure
 * @param values the tensors. Another number of them than `like` has throws a `Fault` (`shape`)
 *
 * @example leaves(fromLeaves({ bias: a }, [c])).length // 1
 */
export const fromLeaves = <T extends Tree>(like: T, values: readonly Tensor[]): T => {
  const found = leaves(like).length;
  if (values.length !== found) fail('shape', 'tree', `${found} tensors`, `${values.length}`);
  let i = 0;
  return map(() => values[i++] ?? fail('shape', 'tree', `${found} tensors`, `${i - 1}`))(like);
};

/**
 * Applies `f` to every tensor of a tree: `map(f)(tree)` has the structure of `tree`. It keeps
 * identity and composition, map(f ∘ g) = map(f) ∘ map(g).
 *
 * A value that is no tree throws a `Fault` (`shape`).
 *
 * @param f a function of a tensor and its path
 *
 * @example leaves(map((leaf) => neg(leaf))(parameters)).length // 4
 */
export const map =
  (f: (leaf: Tensor, path: string) => Tensor) =>
  <T extends Tree>(tree: T): T =>
    // The one cast: TypeScript cannot follow that rebuilding a T from a T gives a T. The tree laws hold it.
    rebuilt(tree, f, '') as T;

/**
 * Keeps some tensors of a tree, each at its own path; an empty record replaces every other one. A
 * value that is no tree throws a `Fault` (`shape`).
 *
 * @param kept whether a tensor at a path stays
 *
 * @example pick((path) => path.endsWith('bias'))([{ weights, bias }]) // [{ weights: {}, bias }]
 */
export const pick =
  (kept: (path: string, leaf: Tensor) => boolean) =>
  (tree: Tree): Tree =>
    rebuilt(tree, (leaf, path) => (kept(path, leaf) ? leaf : {}), '');

/**
 * Replaces tensors of `tree` by those of a part of it that have the same paths. A value that is no
 * tree throws a `Fault` (`shape`).
 *
 * @param tree the whole tree
 * @param part tensors at some of its paths, such as `pick` gives
 *
 * @example laidOver({ weights: w, bias: a }, { bias: c })
 */
export const laidOver = <T extends Tree>(tree: T, part: Tree): T => {
  const found = new Map(leavesWithPath(part));
  return map((leaf, path) => found.get(path) ?? leaf)(tree);
};

/**
 * Copies a tree: the same numbers in tensors of their own, which you own. A value that is no tree
 * throws a `Fault` (`shape`).
 *
 * @param tree the tree; it stays as it is
 *
 * @example leaves(copy(parameters)).length // 4
 */
export const copy = <T extends Tree>(tree: T): T => map((leaf) => leaf.clone())(tree);

const placeIn = (path: string): string => (path === '' ? 'tree' : `tree.${path}`);

/** Whether two trees have one structure, and their records one order of keys. */
const alike = (a: Tree, b: Tree): boolean => {
  if (a instanceof Tensor || b instanceof Tensor) return a instanceof Tensor && b instanceof Tensor;
  if (isTuple(a) || isTuple(b))
    return (
      isTuple(a) && isTuple(b) && a.length === b.length && a.every((child, i) => alike(child, b[i] ?? []))
    );
  if (!hasChildren(a) || !hasChildren(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([name, child], i) => right[i]?.[0] === name && alike(child, right[i][1]))
  );
};

/** The tensors of `b` in the places of those of `a`. */
const matched = (a: Tree, b: Tree): readonly Tensor[] => {
  const left = places(a);
  const right = new Map(places(b).map((place) => [place.key, place]));
  const keys = new Set(left.map(({ key }) => key));
  for (const { key, path } of right.values())
    if (!keys.has(key)) fail('shape', placeIn(path), 'nothing, as in the other tree', 'a tensor');
  return left.map(
    ({ path, key }) =>
      right.get(key)?.leaf ?? fail('shape', placeIn(path), 'a tensor, as in the other tree', 'none'),
  );
};

/**
 * Applies `f` to the tensors at the same places of two trees of one type: `zip(f)(a, b)`. Places go
 * by name; if the order of keys differs, the result has that of `a`.
 *
 * @param f a function of two tensors and their path
 * @returns a function of a and b. It throws a `Fault` (`shape`) that names the path if their
 *   structures differ, such as a tuple beside a record
 *
 * @example leaves(zip((p, q) => sub(p, q))(parameters, parameters)).length // 4
 */
export const zip =
  (f: (a: Tensor, b: Tensor, path: string) => Tensor) =>
  <T extends Tree>(a: T, b: NoInfer<T>): T => {
    const right = alike(a, b) ? leaves(b) : matched(a, b);
    let i = 0;
    return map((leaf, path) => f(leaf, right[i++] ?? leaf, path))(a);
  };

/**
 * Puts the keys of a tree into the order of another one of the same type, for code that goes by the
 * order of tensors.
 *
 * @param like the tree whose order is taken
 * @param tree the tree whose tensors are taken. Another structure throws a `Fault` (`shape`)
 *
 * @example Object.keys(inOrderOf({ weights: w, bias: a }, { bias: c, weights: w })) // ['weights', 'bias']
 */
export const inOrderOf = <T extends Tree>(like: T, tree: NoInfer<T>): T => zip((_, leaf) => leaf)(like, tree);
