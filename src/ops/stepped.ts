/** The pull-back of relu as one op. */
import { mul, step, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwnForOne } from './kernel';

/** dy·[x > 0], NaN if x is NaN: the pull-back of relu. */
export const stepped = (dy: Tensor, x: Tensor): Tensor =>
  // The kernel reads float32: the bits of whole numbers below zero are NaN to it.
  hasKernel('Stepped') && dy.dtype === 'float32' && x.dtype === 'float32'
    ? runOwnForOne('Stepped', { dy, x }, {})
    : mul(dy, step(x));
