/** The pull-back of relu as one op. */
import { mul, step, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runForOne } from './kernel';

/** The name of the kernel, which some backends have. Its inputs are dy and x of one shape. */
export const STEPPED = 'Stepped';

/** dy·[x > 0], NaN if x is NaN: the pull-back of relu. */
export const stepped = (dy: Tensor, x: Tensor): Tensor =>
  // The kernel reads float32: the bits of whole numbers below zero are NaN to it.
  hasKernel(STEPPED) && dy.dtype === 'float32' && x.dtype === 'float32'
    ? runForOne(STEPPED, { dy, x }, {})
    : mul(dy, step(x));
