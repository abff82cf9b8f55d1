/** Ridge systems for tests that call one solver. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../../src';
import { readsStall } from '../../src/internal';
import { type Design, type RidgeSystem } from '../../src/solver/operator';

/** (AᵀA + βI)·V = AᵀH, read as the current backend allows. */
export const ridgeSystem = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
): RidgeSystem<P> => ({
  design,
  h,
  beta,
  mayRead: !readsStall(),
});
