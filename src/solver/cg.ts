/**
 * True conjugate gradients (Hestenes and Stiefel 1952) from zero, for many right-hand sides at
 * once.
 *
 * The unknowns are a matrix [units, n]. With scalars per unit, each row is a system of its own;
 * with scalars per layer, all rows are one system. Iterate k minimises the quadratic over the k-th
 * Krylov space of its system. A system that is solved stays unchanged.
 */
import {
  add,
  div,
  greater,
  logicalAnd,
  mul,
  onesLike,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { readsStall, scope, toHost, whole } from '../core';
import { hasKernel, runOwn } from '../ops';
import { type DualGram, timesDual } from './dual';
import { ratioOf } from './host';
import { type Measurement, measuredBy } from './measure';
import { type Scalars } from './operator';

/** ⟨a, b⟩ of each row, as [units, 1], or of all rows together, as a scalar. */
const dotBy =
  (scalars: Scalars) =>
  (a: Tensor, b: Tensor): Tensor =>
    scalars === 'perUnit' ? sum(mul(a, b), 1, true) : sum(mul(a, b));

/**
 * The squared relative residual at which a row counts as solved in float32. Below it, the residual
 * of the recurrence is rounding, so a step length is the ratio of two roundings and may have any
 * size.
 */
const SOLVED = 1e-12;

/**
 * The same, if residuals are kept orthogonal, so that they are accurate down to rounding itself.
 * Above this value, a row that stops early loses up to its square root times the condition number
 * of the solution.
 */
const SOLVED_ORTHOGONAL = 1e-14;

/**
 * The threshold for a row. If the caller asks for a smaller residual and the backend can reach it,
 * it is smaller. If nothing is read, no loop can end early; then each row stays unchanged once it
 * is as accurate as was asked for.
 */
const solvedAt = (stopAt: number, mayRead: boolean): number => {
  if (mayRead) return stopAt > 0 ? Math.min(SOLVED, stopAt ** 2) : SOLVED;
  return Math.max(SOLVED_ORTHOGONAL, stopAt ** 2);
};

/** a / b for each row that is not solved, and 0 if it is solved or b is not positive. */
const ratio = (a: Tensor, b: Tensor, unsolved: Tensor): Tensor => {
  const usable = logicalAnd(unsolved, greater(b, 0));
  return where(usable, div(a, where(usable, b, onesLike(b))), zerosLike(a));
};

/**
 * The most residuals that later ones are orthogonalised against: as many as methods take
 * iterations. More would cost more than the products.
 */
const MOST_KEPT = 16;

/** A residual, its dual in inner products, and its square. */
interface Kept {
  readonly s: Tensor;
  readonly dual: Tensor;
  readonly ss: Tensor;
}

/**
 * Residuals of CG are orthogonal to each other. In float32 they stop being so once one eigenvector
 * is found, and later iterates deviate. On the host, small systems are solved in float64; here the
 * components along earlier residuals are removed again (Lanczos with full reorthogonalisation).
 */
const orthogonal = (
  s: Tensor,
  kept: readonly Kept[],
  rowDot: ReturnType<typeof dotBy>,
  unsolved: Tensor,
): Tensor =>
  kept.reduce(
    (left, before) => sub(left, mul(ratio(rowDot(left, before.dual), before.ss, unsolved), before.s)),
    s,
  );

/** √(Σ squares now / Σ squares before) over all rows. */
const relativeNorm = (now: Tensor, before: Tensor): number => {
  const total = (t: Tensor): number => toHost(t).reduce((a, b) => a + Math.max(b, 0), 0);
  return Math.sqrt(ratioOf(total(now), total(before)));
};

/** The iterate after some iterations. */
export interface Iterate {
  /** [units, n]. */
  readonly value: Tensor;
  /** Iterations taken. */
  readonly iterations: number;
}

/** The last iterate of conjugate gradients, with its measured residual and length. */
export interface CgResult extends Iterate, Measurement {}

/** Throws a `Fault` with tag `options` unless there is at least one iteration. */
export const checkIterations = (iterations: number): void => {
  whole('cg.iterations', iterations, 1);
};

type Product = (v: Tensor) => Tensor;

/** See `conjugateGradients`. */
export const primalIterate = (
  product: Product,
  g: Tensor,
  iterations: number,
  stopAt: number,
  scalars: Scalars,
  mayRead: boolean,
): Iterate => {
  checkIterations(iterations);
  const rowDot = dotBy(scalars);
  return scope(() => {
    let v = zerosLike(g);
    let s = g;
    let q = g;
    const start = rowDot(g, g);
    const solved = mul(start, solvedAt(stopAt, mayRead));
    let ss = start;
    const kept: Kept[] = [];
    let k = 0;
    for (; k < iterations; k++) {
      if (mayRead && stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const unsolved = greater(ss, solved);
      const t = product(q);
      const alpha = ratio(ss, rowDot(q, t), unsolved);
      v = add(v, mul(alpha, q));
      if (!mayRead && k < MOST_KEPT) kept.push({ s, dual: s, ss });
      s = orthogonal(sub(s, mul(alpha, t)), kept, rowDot, unsolved);
      const next = rowDot(s, s);
      q = add(s, mul(ratio(next, ss, unsolved), q));
      ss = next;
    }
    return { value: v, iterations: k };
  });
};

/**
 * Solves M·v = g row by row for a symmetric positive definite M, given by its product with a matrix
 * of rows [units, n]. `scalars` decides whether each row is a system of its own. It stops after
 * `iterations`, or once the relative residual is at most `stopAt` (0: never). Without `mayRead` it
 * always takes all iterations, and a row stays unchanged once its own relative residual is that
 * small.
 *
 * One more product measures the iterate: `residual` is ‖g − M·v‖/‖g‖ over all rows, and `length` is
 * ⟨v, g⟩/⟨v, M·v⟩. Both are scalar tensors if nothing is read. You dispose of the tensors of the
 * result. Throws a `Fault` with tag `options` if `iterations` is no whole number of at least 1.
 *
 * @example
 * const m = tensor2d([[2, 0], [0, 4]]);
 * conjugateGradients((v) => matMul(v, m), tensor2d([[2, 4]]), 2).iterations // 2
 */
export const conjugateGradients = (
  product: Product,
  g: Tensor,
  iterations: number,
  stopAt = 0,
  scalars: Scalars = 'perUnit',
  mayRead = !readsStall(),
): CgResult =>
  scope(() => {
    const found = primalIterate(product, g, iterations, stopAt, scalars, mayRead);
    const image = product(found.value);
    return { ...found, ...measuredBy(found.value, image, sub(g, image), g, mayRead) };
  });

/** See `dualConjugateGradients`. */
export const dualIterate = (
  gram: DualGram,
  beta: number,
  h: Tensor,
  iterations: number,
  stopAt: number,
  scalars: Scalars,
  mayRead: boolean,
): Iterate => {
  checkIterations(iterations);
  if (stopAt === 0 && scalars === 'perUnit' && hasKernel('DualConjugateGradients') && mayRead)
    return scope(() => {
      const attrs = { beta, iterations, solved: SOLVED, plus: gram.plus };
      const [value = h] = runOwn('DualConjugateGradients', { k: gram.k, h }, attrs);
      return { value, iterations };
    });
  const rowDot = dotBy(scalars);
  return scope(() => {
    let w = zerosLike(h);
    let s = h;
    let q = h;
    let ks = timesDual(h, gram);
    let kq = ks;
    const start = rowDot(s, ks);
    const solved = mul(start, solvedAt(stopAt, mayRead));
    let ss = start;
    const kept: Kept[] = [];
    let i = 0;
    for (; i < iterations; i++) {
      if (mayRead && stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const unsolved = greater(ss, solved);
      const t = add(kq, mul(q, beta));
      const alpha = ratio(ss, rowDot(kq, t), unsolved);
      w = add(w, mul(alpha, q));
      if (!mayRead && i < MOST_KEPT) kept.push({ s, dual: ks, ss });
      s = orthogonal(sub(s, mul(alpha, t)), kept, rowDot, unsolved);
      ks = timesDual(s, gram);
      const next = rowDot(s, ks);
      const along = ratio(next, ss, unsolved);
      q = add(s, mul(along, q));
      kq = add(ks, mul(along, kq));
      ss = next;
    }
    return { value: w, iterations: i };
  });
};

/**
 * Conjugate gradients for (AᵀA + βI)·V = Aᵀ·H, run in the dual: V = W·A with W [groups, rows]. All
 * inner products are taken in K = AAᵀ [rows, rows], so one iteration costs one product with K. The
 * iterates are those of the primal. `plus` is a number added to every entry of K. Returns W, which
 * you dispose of.
 *
 * It is measured by K. The residual is therefore that of V only as far as K equals AAᵀ and V equals
 * W·A, which float32 does not guarantee; `solveRidge` measures V itself. Throws a `Fault` with tag
 * `options` as `conjugateGradients` does.
 *
 * `k` is K, and `h` is H with a row for each group. `iterations`, `stopAt`, `scalars` and `mayRead`
 * are those of `conjugateGradients`.
 *
 * @example dualConjugateGradients(design.dualGram(), 20, residual, 3).iterations // 3
 */
export const dualConjugateGradients = (
  k: Tensor,
  beta: number,
  h: Tensor,
  iterations: number,
  stopAt = 0,
  scalars: Scalars = 'perUnit',
  plus = 0,
  mayRead = !readsStall(),
): CgResult =>
  scope(() => {
    const gram = { k, plus };
    const found = dualIterate(gram, beta, h, iterations, stopAt, scalars, mayRead);
    const { value } = found;
    const image = add(timesDual(value, gram), mul(value, beta));
    const by = (s: Tensor): Tensor => timesDual(s, gram);
    return { ...found, ...measuredBy(value, image, sub(h, image), h, mayRead, by) };
  });
