/** Values that derivatives treat as constants. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { checkStarted, checkTensor, unrecorded } from '../core';

/**
 * The same numbers with a derivative of zero:
 *
 *     y = x,   x̄ = 0,   for any shape and dtype
 *
 * Gradients, `jvp`, `vjp` and derivatives of higher order stop at y. If a layer contains
 * `stopGradient`, an implicit step on it holds y fixed. You dispose of the result. Throws a `Fault`
 * with tag `data` if x is no tensor, and `memory` if it was freed.
 *
 * @example
 * // round(x), with derivative 1
 * const straightThrough = (x: Tensor) => add(x, stopGradient(sub(round(x), x)));
 */
export const stopGradient = (x: Tensor): Tensor => {
  checkStarted();
  checkTensor('stopGradient', x);
  return unrecorded(() => x.clone());
};
