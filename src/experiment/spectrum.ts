/** The largest eigenvalue of a symmetric map of trees, known by its products with vectors. */
import { div, mul, sub } from '@tensorflow/tfjs-core';
import { dispose, innerProduct, Key, norm, scope, Tree } from '../core';

/** Enough for three digits where the largest eigenvalue is a tenth above the next: (1/1.1)^120 is 1e-5. */
const ITERATIONS = 60;

const normalised = <P extends Tree.Tree>(tree: P): P => {
  const length = norm(tree);
  return Tree.map((leaf) => div(leaf, length))(tree);
};

const randomLike = <P extends Tree.Tree>(key: Key.Key, tree: P): P => {
  let leaves = 0;
  return Tree.map((leaf) => Key.normal(Key.fold(key, leaves++), leaf.shape))(tree);
};

/** The eigenvalue of the largest magnitude by the power method: the Rayleigh quotient ⟨v, Mv⟩ of its last vector. */
const dominant = <P extends Tree.Tree>(apply: (v: P) => P, like: P, key: Key.Key): number => {
  let v = scope(() => normalised(randomLike(key, like)));
  let quotient = 0;
  for (let i = 0; i < ITERATIONS; i++) {
    const before = v;
    v = scope(() => {
      const applied = apply(before);
      quotient = innerProduct(before, applied);
      return normalised(applied);
    });
    dispose(before);
  }
  dispose(v);
  return quotient;
};

/**
 * The largest eigenvalue λ of a symmetric map v ↦ Mv on trees like the one given. Where the eigenvalue of the largest
 * magnitude is negative, the map is shifted by it, which makes the largest dominant.
 */
export const largestEigenvalue = <P extends Tree.Tree>(apply: (v: P) => P, like: P, key: Key.Key): number => {
  const first = dominant(apply, like, key);
  if (first >= 0) return first;
  const shifted = (v: P): P => Tree.zip((a, b) => sub(a, mul(b, first)))(apply(v), v);
  return dominant(shifted, like, key) + first;
};
