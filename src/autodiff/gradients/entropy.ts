/** The gradients of the kernel of the cross-entropy, and of its pull-back. */
import { cast, div, exp, max, mul, reshape, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { unrecorded } from '../../core';
import { areOwnClass, classLossesGradient } from '../../ops';
import { type GradientRule, rule, saved } from './rule';

/** The softmax of each row. */
const probabilities = (z: Tensor): Tensor => {
  const e = exp(
    sub(
      z,
      unrecorded(() => max(z, 1, true)),
    ),
  );
  return div(e, sum(e, 1, true));
};

export const entropy: readonly GradientRule[] = [
  rule('ClassLosses', ['z', 't'], (dy, kept) => ({
    z: () => classLossesGradient(saved(kept, 0), saved(kept, 1), dy),
  })),
  // φ = Σ_n dy_n·⟨c_n, p_n − [k = t_n]⟩ with p = softmax z: ∂φ/∂z_nk = dy_n·p_nk·(c_nk − ⟨c_n, p_n⟩).
  rule('ClassLossesGradient', ['z', 't', 'dy'], (cotangent, kept) => {
    const [z, t, dy] = [saved(kept, 0), saved(kept, 1), saved(kept, 2)];
    return {
      z: () => {
        const p = probabilities(z);
        const centred = sub(cotangent, sum(mul(cotangent, p), 1, true));
        return mul(reshape(dy, [-1, 1]), mul(p, centred));
      },
      dy: () => sum(mul(cotangent, sub(probabilities(z), cast(areOwnClass(t, z), 'float32'))), 1),
    };
  }),
];
