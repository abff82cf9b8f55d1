/** Comparing trees of tensors on the host, in float64. */
import { toHost, Tree } from '../src';

/**
 * Copies all numbers of a tree to the host, in one float64 array, in the order of its leaves.
 *
 * @param tree a tree of tensors
 *
 * @example Array.from(values([a, b])) // [1, 2]
 */
export const values = (tree: Tree.Tree): Float64Array => {
  const parts = Tree.leaves(tree).map(toHost);
  const out = new Float64Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/**
 * The inner product ⟨a, b⟩ of two arrays of one length; NaN if `b` is shorter.
 *
 * @param a an array
 * @param b another one
 *
 * @example inner(Float64Array.of(1, 2), Float64Array.of(3, 4)) // 11
 */
export const inner = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, v, i) => total + v * (b[i] ?? Number.NaN), 0);

/**
 * The Euclidean norm ‖a‖ of an array.
 *
 * @param a the array
 *
 * @example length(Float64Array.of(3, 4)) // 5
 */
export const length = (a: Float64Array): number => Math.sqrt(inner(a, a));

/**
 * The sum a + c·b of two arrays of one length; NaN where `b` is shorter.
 *
 * @param a an array
 * @param b another one
 * @param c the factor. Default 1
 *
 * @example Array.from(plus(Float64Array.of(1), Float64Array.of(2), 3)) // [7]
 */
export const plus = (a: Float64Array, b: Float64Array, c = 1): Float64Array =>
  a.map((v, i) => v + c * (b[i] ?? Number.NaN));

/**
 * The relative distance ‖a − b‖ / ‖b‖ of two arrays; ‖a‖ if b = 0, and NaN if their lengths differ.
 *
 * @param a the array that is judged
 * @param b the array that it should be
 *
 * @example relativeDistance(Float64Array.of(2), Float64Array.of(1)) // 1
 */
export const relativeDistance = (a: Float64Array, b: Float64Array): number => {
  if (a.length !== b.length) return Number.NaN;
  const distance = length(plus(a, b, -1));
  const scale = length(b);
  return scale === 0 ? distance : distance / scale;
};

/**
 * The largest relative distance over the tensors of two trees; NaN if they have different numbers
 * of tensors.
 *
 * @param a the tree that is judged
 * @param b the tree that it should be
 *
 * @example treeDistance([a, b], [a, b]) // 0
 */
export const treeDistance = (a: Tree.Tree, b: Tree.Tree): number => {
  const left = Tree.leaves(a);
  const right = Tree.leaves(b);
  if (left.length !== right.length) return Number.NaN;
  return left.reduce((worst, x, i) => {
    const y = right[i];
    const d = y === undefined ? Number.NaN : relativeDistance(toHost(x), toHost(y));
    return d <= worst ? worst : d;
  }, 0);
};
