/** Gradients of matrix products, with batches and transposes. */
import { matMul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { rule, saved, unbroadcast, type GradientRule } from './rule';

/**
 * Y = op(A)·op(B), where op transposes the last two axes if its flag is set. With dY: dA = dY·Bᵀ,
 * or B·dYᵀ for a transposed A; dB = Aᵀ·dY, or dYᵀ·A for a transposed B.
 */
const batchMatMul = rule('BatchMatMul', ['a', 'b'], (dy, kept, attrs) => {
  const a = saved(kept, 0);
  const b = saved(kept, 1);
  const ta = attrs['transposeA'] === true;
  const tb = attrs['transposeB'] === true;
  const summed = (full: Tensor, like: Tensor) => unbroadcast(full, like.shape);
  return {
    a: () => summed(ta ? matMul(b, dy, tb, true) : matMul(dy, b, false, !tb), a),
    b: () => summed(tb ? matMul(dy, a, true, ta) : matMul(a, dy, !ta, false), b),
  };
});

/** x·Wᵀ + b for x [N, in]. */
const biasedMatMul = rule('BiasedMatMul', ['x', 'weights'], (dy, kept) => ({
  x: () => matMul(dy, saved(kept, 1)),
  weights: () => matMul(dy, saved(kept, 0), true),
  bias: () => sum(dy, 0),
}));

export const product: readonly GradientRule[] = [batchMatMul, biasedMatMul];
