/** The gradients of the kernel of gains and biases, and of its pull-back. */
import { add, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { asRows, withGainGradient } from '../../ops';
import { rule, saved, type GradientRule } from './rule';

/** Σ over all axes but the last. */
const byFeature = (x: Tensor): Tensor => sum(asRows(x), 0);

export const gains: readonly GradientRule[] = [
  rule('GainAndBias', ['x', 'gain'], (dy, kept) => {
    // One kernel gives all three.
    const found = withGainGradient(saved(kept, 0), saved(kept, 1), dy);
    return { x: () => saved(found, 0), gain: () => saved(found, 1), bias: () => saved(found, 2) };
  }),
  {
    kernelName: 'GainAndBiasGradient',
    inputsToSave: ['x', 'gain', 'dy'],
    // Of φ = ⟨cx, dy∘gain⟩ + ⟨cg, Σ dy∘x⟩ + ⟨cb, Σ dy⟩.
    gradFunc: (cotangents, kept) => {
      const c = Array.isArray(cotangents) ? cotangents : [cotangents];
      const [cx, cg, cb] = [saved(c, 0), saved(c, 1), saved(c, 2)];
      const [x, gain, dy] = [saved(kept, 0), saved(kept, 1), saved(kept, 2)];
      return {
        x: () => mul(dy, cg),
        gain: () => byFeature(mul(cx, dy)),
        dy: () => add(mul(cx, gain), add(mul(x, cg), cb)),
      };
    },
  },
];
