/** The cross-entropy of rows and a class each as one op, for backends that have its kernel. */
import { equal, range, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwnForOne } from './kernel';

/** [M, C], the shape of z: whether a column is the class of its row, for classes t, int32 [M]. */
export const areOwnClass = (t: Tensor, { shape }: Tensor): Tensor =>
  // Not `oneHot`: it refuses a single class, and its float32 is all zeros on WASM.
  equal(reshape(t, [-1, 1]), reshape(range(0, shape[1] ?? 0, 1, 'int32'), [1, -1]));

/** Whether `classLosses` of z is one kernel: it reads float32. */
export const entropyAtOnce = ({ dtype }: Tensor): boolean => dtype === 'float32' && hasKernel('ClassLosses');

/**
 * log Σ_k exp z_nk − z_nt [M] of z [M, C] and classes t, int32 [M]. A number that a row shares does
 * not count. A target that is no class gives NaN.
 */
export const classLosses = (z: Tensor, t: Tensor): Tensor => runOwnForOne('ClassLosses', { z, t }, {});

/** dy_n·(softmax(z_n)_k − [k = t_n]) [M, C]: its pull-back for dy [M]. */
export const classLossesGradient = (z: Tensor, t: Tensor, dy: Tensor): Tensor =>
  runOwnForOne('ClassLossesGradient', { z, t, dy }, {});
