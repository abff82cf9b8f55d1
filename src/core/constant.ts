/** Tensors that differentiation takes for constants. */
import { engine, type Tensor } from '@tensorflow/tfjs-core';

/**
 * `f()` without a recording: derivatives end at its result. For a factor or an addend that a result does not depend on, such as the
 * greatest logit, which a softmax takes off first; derivatives of every order are then those of the rest.
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
