/** Functions that are recomputed when they are differentiated, to trade time for memory. */
import { customGrad, type GradSaveFunc, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { scope } from '../core';
import { record } from './tape';

/**
 * The same function with the same derivatives, for which a recording keeps only the arguments; the
 * pull-back computes f once more. Use it for functions that are cheap compared with the memory of
 * their intermediate results ("gradient checkpointing", Chen et al. 2016):
 *
 *     y = f(x_1, …, x_n),   x̄_i = (∂f/∂x_i)ᵀ·ȳ
 *
 * Shapes are those of f. The pull-back computes the cotangents of all arguments. f may depend on
 * differentiated values only through its arguments: anything else is a constant to the derivatives.
 * Throws a `Fault` if f throws, or contains an op without a gradient.
 *
 * @example
 * const gelu = rematerialised((x: Tensor) =>
 *   mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
 * );
 */
export const rematerialised =
  <const Xs extends readonly Tensor[]>(f: (...xs: Xs) => Tensor) =>
  (...xs: Xs): Tensor => {
    // Boundary with tfjs: it hands over the arguments and then `save`, and later what was saved, in
    // that order.
    const once = (...given: (Tensor | GradSaveFunc)[]) => {
      const save = given.at(-1) as GradSaveFunc;
      const value = f(...xs);
      save([...xs]);
      return {
        // A new tensor, even if the function returns its argument.
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
