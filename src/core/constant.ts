/** Tensors that differentiation takes for constants. */
import { engine, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Runs `f` without a recording, so that derivatives end at its result. Use it for a factor or an
 * addend on which the final result does not depend, such as the greatest logit, which a softmax
 * subtracts first. The derivatives of every order are then right without it.
 */
export const unrecorded = (f: () => Tensor): Tensor => {
  const { state } = engine();
  // Inside a kernel tfjs records nothing.
  state.kernelDepth++;
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
};
