/** Comparing trees of tensors on the host, in float64. */
import { toHost, Tree } from '../src';

/** All values of a tree in one array, in the order of its leaves. */
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

/** ⟨a, b⟩ */
export const inner = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, v, i) => total + v * (b[i] ?? Number.NaN), 0);

/** ‖a‖ */
export const length = (a: Float64Array): number => Math.sqrt(inner(a, a));

/** a + c·b */
export const plus = (a: Float64Array, b: Float64Array, c = 1): Float64Array =>
  a.map((v, i) => v + c * (b[i] ?? Number.NaN));

/** ‖a − b‖ / ‖b‖, or ‖a‖ where b = 0; NaN when the lengths differ. */
export const relativeDistance = (a: Float64Array, b: Float64Array): number => {
  if (a.length !== b.length) return Number.NaN;
  const distance = length(plus(a, b, -1));
  const scale = length(b);
  return scale === 0 ? distance : distance / scale;
};

/** The largest relative distance over the tensors of two trees of one structure. */
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
