/** The largest eigenvalue of a symmetric map of trees, known by its products with vectors. */
import { div, mul, sub } from '@tensorflow/tfjs-core';
import { dispose, innerProduct, Key, norm, scope, Tree } from '../core';

/**
 * The number of iterations. It gives three digits if the largest eigenvalue is a tenth above the
 * next: (1/1.1)^120 is 1e-5.
 */
const ITERATIONS = 60;

const normalised = <P extends Tree.Tree>(tree: P): P => {
  const length = norm(tree);
  return Tree.map((leaf) => div(leaf, length))(tree);
};

const randomLike = <P extends Tree.Tree>(key: Key.Key, tree: P): P => {
  let leaves = 0;
  return Tree.map((leaf) => Key.normal(Key.fold(key, leaves++), leaf.shape))(tree);
};

/**
 * The eigenvalue of the largest magnitude by the power method: the Rayleigh quotient ⟨v, Mv⟩ of its
 * last vector.
 */
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
 * Estimates the largest eigenvalue λ of a symmetric map v ↦ Mv on trees, by 60 iterations of the
 * power method; three digits are right if λ is a tenth above the next. If the eigenvalue of the
 * largest magnitude is negative, the map is shifted by it and iterated again.
 *
 * @param apply M as a function of v
 * @param like a tree of the form of v
 * @param key draws the first v
 * @throws a `Fault` (`shape`) if Mv has another structure than v
 *
 * @example largestEigenvalue((v) => mul(v, 3), ones([2]), Key.key(1)) // about 3
 */
export const largestEigenvalue = <P extends Tree.Tree>(apply: (v: P) => P, like: P, key: Key.Key): number => {
  const first = dominant(apply, like, key);
  if (first >= 0) return first;
  const shifted = (v: P): P => Tree.zip((a, b) => sub(a, mul(b, first)))(apply(v), v);
  return dominant(shifted, like, key) + first;
};
