/** Functions whose tape is forgotten, and made again when it is wanted: memory for time. */
import { customGrad, type GradSaveFunc, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { scope } from '../core';
import { record } from './tape';

/**
 * The same function and the same derivatives, of which a recording keeps the arguments alone: pulled back, f is computed once more. For
 * functions that are cheap beside the memory that their steps take ("gradient checkpointing", Chen et al. 2016):
 *
 *     y = f(x_1, …, x_n),   x̄_i = (∂f/∂x_i)ᵀ·ȳ
 *
 * of any shapes, those of f; the pull-back makes the cotangents of all arguments. f may use nothing that is differentiated but its
 * arguments: anything else is a constant to the derivatives. A `Fault` where f throws, or has an op without a gradient.
 *
 * @example const gelu = rematerialised((x: Tensor) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)));
 */
export const rematerialised =
  <const Xs extends readonly Tensor[]>(f: (...xs: Xs) => Tensor) =>
  (...xs: Xs): Tensor => {
    // Boundary with tfjs: it hands over the arguments and then `save`, and later what was saved, in that order.
    const once = (...given: (Tensor | GradSaveFunc)[]) => {
      const save = given.at(-1) as GradSaveFunc;
      const value = f(...xs);
      save([...xs]);
      return {
        // A tensor of its own, also where the function returns its argument.
        value: xs.includes(value) ? value.clone() : value,
        gradFunc: (dy: Tensor, saved: Tensor[]): Tensor[] =>
          scope(() => {
            const again = record(() => f(...(saved as unknown as Xs)));
            try {
              return again.pullback(dy, saved).map((x, i) => x ?? zerosLike(saved[i] ?? dy));
            } finally {
              again.release();
            }
          }),
      };
    };
    return customGrad(once)(...xs);
  };
