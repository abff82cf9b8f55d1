/**
 * True conjugate gradients (Hestenes and Stiefel 1952) from zero, for many right-hand sides at once.
 *
 * The unknowns are a matrix [units, n]. With scalars per unit each row is a system of its own; with scalars per layer
 * all rows are one. Iterate k minimises the quadratic over the k-th Krylov space of its system; a system that is
 * solved stays as it is.
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
import { type Measurement, measuredBy, ratioOf } from './measure';
import { type Scalars } from './operator';

/** ⟨a, b⟩ of each row, as [units, 1], or of all rows together, as a scalar. */
const dotBy =
  (scalars: Scalars) =>
  (a: Tensor, b: Tensor): Tensor =>
    scalars === 'perUnit' ? sum(mul(a, b), 1, true) : sum(mul(a, b));

/**
 * The squared relative residual at which a row counts as solved in float32. Below it the residual of the
 * recurrence is rounding, a step length the ratio of two roundings, and may be of any size.
 */
const SOLVED = 1e-12;

/**
 * The same where residuals are kept orthogonal, which keeps them right down to rounding itself. Above it a row that stops
 * early loses up to the square root of this times the condition number of its solution.
 */
const SOLVED_ORTHOGONAL = 1e-14;

/**
 * Where a caller asks for less, on a backend that can give it, less. Where nothing is read no loop can end early: each
 * row stays as it is once it is as good as was asked for.
 */
const solvedAt = (stopAt: number, reads: boolean): number => {
  if (reads) return stopAt > 0 ? Math.min(SOLVED, stopAt ** 2) : SOLVED;
  return Math.max(SOLVED_ORTHOGONAL, stopAt ** 2);
};

/** a / b for each row that is not solved, and 0 where it is, or where b is not positive. */
const ratio = (a: Tensor, b: Tensor, unsolved: Tensor): Tensor => {
  const usable = logicalAnd(unsolved, greater(b, 0));
  return where(usable, div(a, where(usable, b, onesLike(b))), zerosLike(a));
};

/** Residuals that are kept to be orthogonal to: as many as methods take iterations; more would cost more than the products. */
const MOST_KEPT = 16;

/** A residual, what it is multiplied with in inner products, and its square. */
interface Kept {
  readonly s: Tensor;
  readonly dual: Tensor;
  readonly ss: Tensor;
}

/**
 * Residuals of CG are orthogonal to each other, but in float32 cease to be so as soon as one eigenvector is found, and the
 * iterates after it are others. On the host small systems are solved in float64; here what has crept in of the earlier
 * residuals is taken out again (Lanczos with full reorthogonalisation).
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

/** The iterate of a number of iterations. */
export interface Iterate {
  /** [units, n]. */
  readonly value: Tensor;
  readonly iterations: number;
}

/** The last iterate of conjugate gradients, and what is measured of it. */
export interface CgResult extends Iterate, Measurement {}

/** A `Fault` `options` unless there is at least one iteration. */
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
  reads: boolean,
): Iterate => {
  checkIterations(iterations);
  const rowDot = dotBy(scalars);
  return scope(() => {
    let v = zerosLike(g);
    let s = g;
    let q = g;
    const start = rowDot(g, g);
    const solved = mul(start, solvedAt(stopAt, reads));
    let ss = start;
    const kept: Kept[] = [];
    let k = 0;
    for (; k < iterations; k++) {
      if (reads && stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const unsolved = greater(ss, solved);
      const t = product(q);
      const alpha = ratio(ss, rowDot(q, t), unsolved);
      v = add(v, mul(alpha, q));
      if (!reads && k < MOST_KEPT) kept.push({ s, dual: s, ss });
      s = orthogonal(sub(s, mul(alpha, t)), kept, rowDot, unsolved);
      const next = rowDot(s, s);
      q = add(s, mul(ratio(next, ss, unsolved), q));
      ss = next;
    }
    return { value: v, iterations: k };
  });
};

/**
 * Solve `M·v = g` row by row, M symmetric positive definite, given by its product with a matrix of rows. Ends
 * after `iterations`, or once the relative residual is at most `stopAt` (0: never). Without `reads` it always takes all
 * iterations, and each row stays as it is once its own relative residual is that small. The iterate is measured by one more
 * product: `residual` is ‖g − M·v‖/‖g‖ over all rows, `length` is ⟨v, g⟩/⟨v, M·v⟩.
 */
export const conjugateGradients = (
  product: Product,
  g: Tensor,
  iterations: number,
  stopAt = 0,
  scalars: Scalars = 'perUnit',
  reads = !readsStall(),
): CgResult =>
  scope(() => {
    const found = primalIterate(product, g, iterations, stopAt, scalars, reads);
    const image = product(found.value);
    return { ...found, ...measuredBy(found.value, image, sub(g, image), g, reads) };
  });

/** See `dualConjugateGradients`. */
export const dualIterate = (
  gram: DualGram,
  beta: number,
  h: Tensor,
  iterations: number,
  stopAt: number,
  scalars: Scalars,
): Iterate => {
  checkIterations(iterations);
  const reads = !readsStall();
  if (stopAt === 0 && scalars === 'perUnit' && hasKernel('DualConjugateGradients') && reads)
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
    const solved = mul(start, solvedAt(stopAt, reads));
    let ss = start;
    const kept: Kept[] = [];
    let i = 0;
    for (; i < iterations; i++) {
      if (reads && stopAt > 0 && relativeNorm(ss, start) <= stopAt) break;
      const unsolved = greater(ss, solved);
      const t = add(kq, mul(q, beta));
      const alpha = ratio(ss, rowDot(kq, t), unsolved);
      w = add(w, mul(alpha, q));
      if (!reads && i < MOST_KEPT) kept.push({ s, dual: ks, ss });
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
 * The same iterates for `(AᵀA + βI)·V = Aᵀ·H`, run in the dual: V = W·A with W [groups, rows], all inner
 * products taken in K = AAᵀ, so that one product by K is all that an iteration costs. Returns W. It is measured by K: the residual is
 * that of V as far as K is AAᵀ and V is W·A, which float32 does not make them; `solveRidge` measures V itself.
 */
export const dualConjugateGradients = (
  k: Tensor,
  beta: number,
  h: Tensor,
  iterations: number,
  stopAt = 0,
  scalars: Scalars = 'perUnit',
  plus = 0,
): CgResult =>
  scope(() => {
    const gram = { k, plus };
    const found = dualIterate(gram, beta, h, iterations, stopAt, scalars);
    const { value } = found;
    const image = add(timesDual(value, gram), mul(value, beta));
    const by = (s: Tensor): Tensor => timesDual(s, gram);
    return { ...found, ...measuredBy(value, image, sub(h, image), h, !readsStall(), by) };
  });
