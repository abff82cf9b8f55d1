/**
 * The inverse of a shifted Gram matrix by matrix products alone: for GPUs, where a factorisation would be a chain of
 * tiny kernels, and a read inside a step a stop.
 */
import {
  abs,
  add,
  div,
  eye,
  matMul,
  max,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { atLeast, fail, scope } from '../core';

/**
 * Iterations: what the smallest share that float32 can tell from zero, 1e-7, needs to come to 1. Each quadruples it
 * while it is small (log₄ 1e7 < 12), then squares what is missing (five times).
 */
const ITERATIONS = 17;

/** Below the rounding of a float32 product a share means nothing, and the bound on it would scale by noise. */
const LEAST_SHARE = 1e-7;

/**
 * Rounding may put eigenvalues a little above 1, and c near 2 would then throw them below 0: the interval is taken so
 * much wider at first, and as it is as it closes.
 */
const ROOM = 0.01;

/** An inverse made by matrix products alone, without a read from the device. */
export interface InverseByProducts {
  /** (K + βI)⁻¹, of the shape of K. */
  readonly inverse: Tensor;
  /** ‖(K + βI)·X − I‖ / ‖I‖ in the Frobenius norm, a scalar that is only read when somebody asks. */
  readonly residual: Tensor;
}

/**
 * X = (K + βI)⁻¹ of a symmetric positive semidefinite K [n, n] and β ≥ 0, by Newton–Schulz iterations
 *
 *     X ← c·X·(2I − c·M·X),   M = K + βI,
 *
 * where c centres the interval [l, 1] in which all eigenvalues of M·X lie, so that both ends are mapped to one
 * (Pan and Schreiber, *An improved Newton iteration for the generalized inverse of a matrix*, 1991). The interval
 * starts at l = β/‖M‖_∞ ≤ λ_min/λ_max, is known at every iteration, and is itself a tensor: nothing is read. The
 * number of iterations is fixed; those after convergence change nothing: 34 products of n³ multiply-adds.
 *
 * Accuracy, in float32 and for condition numbers κ(M) of 1 … 1e6: a residual of at most 1e-7·κ (seen, at n = 128: 3e-8·κ
 * where an eighth of the eigenvalues is large, 3e-9·κ for a geometric spectrum). Unscaled iterations come as far, in
 * 2.5 times as many; inverting block by block through Schur complements, 2·log₂ n levels of smaller kernels, is 10 to
 * 1000 times less accurate from κ = 1e3 on, and worthless at 1e6.
 *
 * A stack of matrices [..., n, n] is inverted all at once, each with an interval of its own.
 *
 * Of a singular system the inverse means nothing, and the residual says so: it is about the square root of the share of
 * eigenvalues that are zero.
 *
 * The inverse and the residual are the caller's. A `Fault` `shape` for a K that is not square, `options` for β.
 *
 * @example const { inverse, residual } = inverseByProducts(design.dualGram(), 1 / tauTheta);
 */
export const inverseByProducts = (k: Tensor, beta: number): InverseByProducts => {
  const [n = 0, columns] = k.shape.slice(-2);
  if (n !== columns) fail('shape', 'inverseByProducts', 'a square matrix', `[${k.shape.join(', ')}]`);
  atLeast('inverseByProducts.beta', beta, 0);
  return scope(() => {
    const identity = eye(n);
    const m = add(k, mul(identity, beta));
    const largest = max(sum(abs(m), -1, true), -2, true);
    const share = add(div(beta, largest), LEAST_SHARE);
    let inverse = div(identity, largest);
    let product = div(m, largest);
    let low: Tensor = share;
    for (let i = 0; i < ITERATIONS; i++) {
      [inverse, product, low] = scope((): readonly [Tensor, Tensor, Tensor] => {
        const c = div(2, add(add(1, low), mul(ROOM, sub(1, low))));
        const next = mul(c, matMul(inverse, sub(mul(2, identity), mul(c, product))));
        const centred = mul(c, low);
        return [next, matMul(m, next), mul(centred, sub(2, centred))];
      });
    }
    const residual = div(sqrt(sum(square(sub(product, identity)))), scalar(Math.sqrt(k.size / n)));
    return { inverse, residual };
  });
};
