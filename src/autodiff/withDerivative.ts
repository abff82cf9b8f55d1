/** Functions of single numbers whose derivative is known as a formula. */
import { customGrad, type GradSaveFunc, mul, type Tensor } from '@tensorflow/tfjs-core';
import { scope } from '../core';

/**
 * f, applied to each number, whose derivative is `derivative` and not what the ops of f say: a recording keeps x alone, and the pull-back
 * is one formula:
 *
 *     y = f(x),   x̄ = ȳ ⊙ derivative(x),   all of the shape of x
 *
 * Derivatives of second order are those of `derivative`, which is made of ops that have a gradient; one without is a `Fault` there.
 * That it is the derivative of f is not checked.
 *
 * @example const cube = withDerivative((x) => mul(x, square(x)), (x) => mul(square(x), 3));
 */
export const withDerivative =
  (f: (x: Tensor) => Tensor, derivative: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    // Boundary with tfjs: it hands over the argument, and then `save`.
    customGrad((given: Tensor | GradSaveFunc, save: Tensor | GradSaveFunc) => {
      const own = given as Tensor;
      (save as GradSaveFunc)([own]);
      return {
        value: f(own),
        gradFunc: (dy: Tensor, [kept = own]: Tensor[]) =>
          scope(() =>
            mul(
              dy,
              scope(() => derivative(kept)),
            ),
          ),
      };
    })(x);
