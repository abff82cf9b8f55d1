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
  matMul,
  maximum,
  mul,
  onesLike,
  sqrt,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { hasKernel, readsStall, runKernel, scope, toHost, whole } from '../core';
import { type Scalars } from './operator';
import { type Measured } from './solveReport';
import { sampled } from './sample';

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

/** √(Σ squares now / Σ squares before) over all rows, √(Σ squares now) where there were none. */
const relativeNorm = (now: Tensor, before: Tensor): number => {
  const total = (t: Tensor): number => toHost(t).reduce((a, b) => a + Math.max(b, 0), 0);
  const rhs = total(before);
  return Math.sqrt(rhs === 0 ? total(now) : total(now) / rhs);
};

/** The same as a scalar that nobody has read. */
const unreadNorm = (now: Tensor, before: Tensor): Tensor =>
  scope(() => {
    const [left, rhs] = [sum(maximum(now, 0)), sum(maximum(before, 0))];
    return sqrt(div(left, where(greater(rhs, 0), rhs, onesLike(rhs))));
  });

const measured = (now: Tensor, before: Tensor, reads: boolean): Measured =>
  reads ? relativeNorm(now, before) : unreadNorm(now, before);

export interface CgResult {
  /** The last iterate, [units, n]. */
  readonly value: Tensor;
  readonly iterations: number;
  /** ‖g − M·v‖ / ‖g‖: over all rows, by the recurrence of CG, or, of a kernel that does all at once, of some. */
  readonly residual: Measured;
}

/** A `Fault` `options` unless there is at least one iteration. */
export const checkIterations = (iterations: number): void => {
  whole('cg.iterations', iterations, 1);
};

/**
 * Solve `M·v = g` row by row, M symmetric positive definite, given by its product with a matrix of rows. Ends
 * after `iterations`, or once the relative residual is at most `stopAt` (0: never). Without `reads` it always takes all
 * iterations, and each row stays as it is once its own relative residual is that small.
 */
export const conjugateGradients = (
  product: (v: Tensor) => Tensor,
  g: Tensor,
  iterations: number,
  stopAt = 0,
  scalars: Scalars = 'perUnit',
  reads = !readsStall(),
): CgResult => {
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
    return { value: v, iterations: k, residual: measured(ss, start, reads) };
  });
};

/** A kernel that does all iterations at once, where the backend has one. */
const FUSED = 'DualConjugateGradients';

/** The true residual, of some units: that of the recurrence would cost one more product. */
const dualFused = (k: Tensor, beta: number, h: Tensor, iterations: number): CgResult =>
  scope(() => {
    const [value = h] = runKernel(FUSED, { k, h }, { beta, iterations, solved: SOLVED });
    const [some = h, done = value] = sampled(h, value);
    const left = sub(some, add(matMul(done, k), mul(done, beta)));
    const square = (s: Tensor): Tensor => dotBy('perUnit')(s, matMul(s, k));
    return { value, iterations, residual: measured(square(left), square(some), !readsStall()) };
  });

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
  scalars: Scalars = 'perUnit',
): CgResult => {
  checkIterations(iterations);
  const reads = !readsStall();
  if (stopAt === 0 && scalars === 'perUnit' && hasKernel(FUSED)) return dualFused(k, beta, h, iterations);
  const rowDot = dotBy(scalars);
  return scope(() => {
    let w = zerosLike(h);
    let s = h;
    let q = h;
    let ks = matMul(h, k);
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
      ks = matMul(s, k);
      const next = rowDot(s, ks);
      const along = ratio(next, ss, unsolved);
      q = add(s, mul(along, q));
      kq = add(ks, mul(along, kq));
      ss = next;
    }
    return { value: w, iterations: i, residual: measured(ss, start, reads) };
  });
};
