/** A cotangent where its argument is above zero, as one op. */
import { mul, step, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { hasKernel, runKernel } from './kernel';

/** The name of the kernel, on backends that have one. Inputs: dy and x of one shape. */
export const STEPPED = 'Stepped';

/** dy·[x > 0], NaN where x is: the pull-back of relu. */
export const stepped = (dy: Tensor, x: Tensor): Tensor =>
  hasKernel(STEPPED)
    ? (runKernel(STEPPED, { dy, x }, {})[0] ?? fail('backend', STEPPED, 'one tensor', 'none'))
    : mul(dy, step(x));
