/**
 * The transforms of autodiff on parameter trees: value and gradient, vjp, jvp.
 *
 * Each takes a pure function of a tree, made of tfjs ops that have a gradient, and gives a function
 * of the same tree. The caller owns the results; everything else is freed. Inside a function that
 * is being differentiated itself, use the same transforms with `orThrow`.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import type * as E from 'fp-ts/Either';
import { attemptAll, type ProxpropError, scope, type Tree } from '../core';
import { gradientOf, linearise } from './linearise';

/**
 * The value of a scalar function, and its gradient with the type and shapes of the argument. You
 * dispose of both.
 */
export interface ValueAndGradient<P extends Tree.Tree> {
  /** f(p), a scalar. */
  readonly value: Tensor;
  /** ∇f(p), with the type and shapes of the argument. */
  readonly gradient: P;
}

/**
 * f(p) and ∇f(p) of a scalar function of a tree. The gradient has the type and the shapes of `p`.
 * You dispose of both. Returns a `Left` with tag `gradient` if f is not scalar or uses an op
 * without a gradient; if f throws, the `Left` carries the exception as its `cause`.
 *
 * @example
 * pipe(
 *   valueAndGradient((p: { w: Tensor }) => sum(square(p.w)))({ w }),
 *   E.map(({ gradient }) => gradient.w), // 2w
 * );
 */
export const valueAndGradient =
  <P extends Tree.Tree>(f: (p: P) => Tensor) =>
  (p: P): E.Either<ProxpropError, ValueAndGradient<P>> =>
    attemptAll('a differentiated function', () => scope(() => gradientOf(f, p)));

/** The value of a function at a point, and Jᵀ·u for a cotangent u. You dispose of both. */
export interface Vjp<P extends Tree.Tree> {
  /** f(p). */
  readonly value: Tensor;
  /** Jᵀ·u, with the type and shapes of the argument. */
  readonly cotangent: P;
}

/**
 * The vector-Jacobian product: f(p) and J(p)ᵀ·u for a cotangent u with the shape of f(p). You
 * dispose of both. Returns a `Left` with tag `shape` if u does not fit, and `gradient` for an op
 * without a gradient; if f throws, the `Left` carries the exception as its `cause`.
 *
 * @example vjp((p: { w: Tensor }) => matMul(x, p.w))({ w }, u) // cotangent.w = xᵀ·u
 */
export const vjp =
  <P extends Tree.Tree>(f: (p: P) => Tensor) =>
  (p: P, u: Tensor): E.Either<ProxpropError, Vjp<P>> =>
    attemptAll('a differentiated function', () =>
      scope(() => {
        const recording = linearise(f, p);
        try {
          return { value: recording.value, cotangent: recording.vjp(u) };
        } finally {
          recording.release();
        }
      }),
    );

/** The value of a function at a point, and J·v for a tangent v. You dispose of both. */
export interface Jvp {
  /** f(p). */
  readonly value: Tensor;
  /** J·v, with the shape of the value. */
  readonly tangent: Tensor;
}

/**
 * The Jacobian-vector product: f(p) and J(p)·v for a tangent v with the type and shapes of p. You
 * dispose of both. It runs two nested reverse passes, which is right as far as the gradients of the
 * ops are differentiable. Returns a `Left` with tag `shape` if v does not fit, and `gradient` for
 * an op without a gradient; if f throws, the `Left` carries the exception as its `cause`.
 *
 * @example jvp((p: { w: Tensor }) => matMul(x, p.w))({ w }, { w: dw }) // tangent = x·dw
 */
export const jvp =
  <P extends Tree.Tree>(f: (p: P) => Tensor) =>
  (p: P, v: P): E.Either<ProxpropError, Jvp> =>
    attemptAll('a differentiated function', () =>
      scope(() => {
        const linear = linearise(f, p);
        try {
          return { value: linear.value, tangent: linear.jvp(v) };
        } finally {
          linear.release();
        }
      }),
    );
