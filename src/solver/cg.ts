/**
 * True conjugate gradients (Hestenes and Stiefel 1952) from zero, for many right-hand sides at once.
 *
 * The unknowns are a matrix [groups, n]: each row is a system of its own with its own scalars (one row per
 * output unit for dense layers, one row in all where the convention is one scalar a layer). Iterate k
 * minimises the quadratic over the k-th Krylov space of its row; a row that is solved stays as it is.
 */
import {
  add,
  div,
  greater,
  matMul,
  mul,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail, scope, toHost } from '../core';

/** ⟨a, b⟩ of each row, as [groups, 1]. */
const rowDot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b), 1, true);

/** a / b, and 0 where b is 0: a row whose residual has vanished takes no further step. */
const safeRatio = (a: Tensor, b: Tensor): Tensor => {
  const positive = greater(b, 0);
  return where(positive, div(a, where(positive, b, add(zerosLike(b), 1))), zerosLike(a));
};

/** √(Σ squares now / Σ squares before) over all rows. */
const relativeNorm = (now: Tensor, before: Tensor): number => {
  const total = (t: Tensor): number => toHost(t).reduce((a, b) => a + Math.max(b, 0), 0);
  const rhs = total(before);
  return Math.sqrt(rhs === 0 ? total(now) : total(now) / rhs);
};

export interface CgResult {
  /** The last iterate, [groups, n]. */
  readonly value: Tensor;
  readonly iterations: number;
  /** ‖g − M·v‖ / ‖g‖ over all rows, by the recurrence of CG. */
  readonly residual: number;
}

/** A `Fault` `options` unless there is at least one iteration. */
export const checkIterations = (iterations: number): void => {
  if (!Number.isSafeInteger(iterations) || iterations < 1)
    fail('options', 'cg.iterations', 'a whole number of at least 1', `${iterations}`);
};

/**
 * Solve `M·v = g` row by row, M symmetric positive definite, given by its product with a matrix of rows. Ends
 * after `iterations`, or once the relative residual is at most `stopAt` (0: never).
 */
export const conjugateGradients = (
  product: (v: Tensor) => Tensor,
  g: Tensor,
  iterations: number,
  stopAt = 0,
): CgResult => {
  checkIterations(iterations);
  return scope(() => {
    let v = zerosLike(g);
    let s = g;
    let q = g;
    const start = rowDot(g, g);
    let ss = start;
    let k = 0;
    for (; k < iterations; k++) {
      if (stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const t = product(q);
      const alpha = safeRatio(ss, rowDot(q, t));
      v = add(v, mul(alpha, q));
      s = sub(s, mul(alpha, t));
      const next = rowDot(s, s);
      q = add(s, mul(safeRatio(next, ss), q));
      ss = next;
    }
    return { value: v, iterations: k, residual: relativeNorm(ss, start) };
  });
};

/**
 * The same iterates for `(AᵀA + βI)·V = Aᵀ·H`, run in the dual: V = W·A with W [groups, rows], all inner
 * products taken in K = AAᵀ, so that one product by K is all that an iteration costs. Returns W.
 */
export const dualConjugateGradients = (
  k: Tensor,
  beta: number,
  h: Tensor,
  iterations: number,
  stopAt = 0,
): CgResult => {
  checkIterations(iterations);
  return scope(() => {
    let w = zerosLike(h);
    let s = h;
    let q = h;
    let ks = matMul(h, k);
    let kq = ks;
    const start = rowDot(s, ks);
    let ss = start;
    let i = 0;
    for (; i < iterations; i++) {
      if (stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const t = add(kq, mul(q, beta));
      const alpha = safeRatio(ss, rowDot(kq, t));
      w = add(w, mul(alpha, q));
      s = sub(s, mul(alpha, t));
      ks = sub(ks, mul(alpha, add(matMul(kq, k), mul(kq, beta))));
      const next = rowDot(s, ks);
      const ratio = safeRatio(next, ss);
      q = add(s, mul(ratio, q));
      kq = add(ks, mul(ratio, kq));
      ss = next;
    }
    return { value: w, iterations: i, residual: relativeNorm(ss, start) };
  });
};
