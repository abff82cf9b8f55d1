/** Values that derivatives take for constants. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { checkStarted, checkTensor, unrecorded } from '../core';

/**
 * The same numbers, whose derivative is zero:
 *
 *     y = x,   x̄ = 0,   of any shape and kind of numbers
 *
 * Gradients, `jvp`, `vjp` and derivatives of higher order end at y. A method takes the derivative of a layer for that of its forward
 * function: with `stopGradient` in it, an implicit step is that of the function with y held fixed. The result is a tensor of its own,
 * the caller's. A `Fault`: `data` for what is no tensor, `memory` for one that was freed.
 *
 * @example const straightThrough = (x: Tensor) => add(x, stopGradient(sub(round(x), x))); // round(x), with derivative 1
 */
export const stopGradient = (x: Tensor): Tensor => {
  checkStarted();
  checkTensor('stopGradient', x);
  return unrecorded(() => x.clone());
};
