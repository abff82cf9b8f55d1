/** Functions of single numbers with a derivative given as a formula. */
import { customGrad, type GradSaveFunc, mul, type Tensor } from '@tensorflow/tfjs-core';
import { scope } from '../core';

/**
 * f, applied to each number, with `derivative` as its derivative in place of that of its ops. A
 * recording keeps only x, and the pull-back is one formula:
 *
 *     y = f(x),   x̄ = ȳ ⊙ derivative(x),   all with the shape of x
 *
 * Second derivatives are those of `derivative`, which has to be made of ops with a gradient;
 * otherwise they throw a `Fault` with tag `gradient`. Whether `derivative` is the derivative of f
 * is not checked.
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
