/** Gradients of matrix products, with batches and transposes. */
import { matMul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { asRows } from '../../ops';
import { rule, saved, unbroadcast, type GradientRule } from './rule';

/**
 * Y = op(A)·op(B), where op transposes the last two axes if its flag is set. With dY: dA = dY·Bᵀ,
 * or B·dYᵀ for a transposed A; dB = Aᵀ·dY, or dYᵀ·A for a transposed B.
 */
const batchMatMul = rule('BatchMatMul', ['a', 'b'], (dy, kept, attrs) => {
  const ta = attrs['transposeA'] === true;
  const tb = attrs['transposeB'] === true;
  const [a, b] = [saved(kept, 0), saved(kept, 1)];
  // One matrix B for all rows of A: its gradient is one product, not the sum of one for each matrix of the batch.
  const shared = b.rank === 2 && a.rank > 2 && !ta;
  const summed = (full: Tensor, like: Tensor) => unbroadcast(full, like.shape);
  return {
    a: () => summed(ta ? matMul(b, dy, tb, true) : matMul(dy, b, false, !tb), a),
    b: () => {
      const [x, dx] = shared ? [asRows(a), asRows(dy)] : [a, dy];
      return summed(tb ? matMul(dx, x, true, ta) : matMul(x, dx, !ta, false), b);
    },
  };
});

/** x·Wᵀ + b for x [..., in]. */
const biasedMatMul = rule('BiasedMatMul', ['x', 'weights'], (dy, kept) => ({
  x: () => matMul(dy, saved(kept, 1)),
  weights: () => matMul(asRows(dy), asRows(saved(kept, 0)), true),
  bias: () => sum(asRows(dy), 0),
}));

export const product: readonly GradientRule[] = [batchMatMul, biasedMatMul];
