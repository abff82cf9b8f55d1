/**
 * The transforms of autodiff over parameter trees: value-and-gradient, vjp, jvp.
 *
 * They take a pure function of a tree (made of tfjs ops that have a gradient) and give a function of the same
 * tree. Results belong to the caller; everything else is freed. Inside a function that is itself being
 * differentiated, use the same transforms with `orThrow`.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import type * as E from 'fp-ts/Either';
import { attemptAll, type ProxpropError, scope, type Tree } from '../core';
import { gradientOf, linearise } from './linearise';

/** The value of a scalar function, and its gradient with the type and the shapes of the argument. */
export interface ValueAndGradient<P extends Tree.Tree> {
  readonly value: Tensor;
  readonly gradient: P;
}

/**
 * `f(p)` and `∇f(p)` of a scalar function of a tree. The gradient has the type and the shapes of `p`.
 * Left: `gradient` when f is not scalar or uses an op without a gradient.
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

/** The value of a function at a point, and Jᵀ·u for a cotangent u. */
export interface Vjp<P extends Tree.Tree> {
  readonly value: Tensor;
  /** Jᵀ·u, with the type and the shapes of the argument. */
  readonly cotangent: P;
}

/**
 * Vector-Jacobian product: `f(p)` and `J(p)ᵀ·u` for a cotangent `u` of the shape of `f(p)`.
 * Left: `shape` when `u` does not fit, `gradient` for an op without one.
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

/** The value of a function at a point, and J·v for a tangent v. */
export interface Jvp {
  readonly value: Tensor;
  /** J·v, of the shape of the value. */
  readonly tangent: Tensor;
}

/**
 * Jacobian-vector product: `f(p)` and `J(p)·v` for a tangent `v` of the type and shapes of `p`, by two nested
 * reverse passes; right wherever the gradients of the ops are differentiable.
 * Left: `shape` when `v` does not fit, `gradient` for an op without one.
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
