/** All values of an example in one axis. */
import { reshape } from '@tensorflow/tfjs-core';
import { type Shape, sizeOf, type Tree } from '../core';
import { type Times } from './arithmetic';
import { type Layer, layer } from './layer';

/** The product of the dimensions, as a literal where the compiler can count it, else `number`. */
export type Volume<S extends Shape> = number extends S['length']
  ? number
  : S extends readonly []
    ? 1
    : S extends readonly [infer A extends number]
      ? A
      : S extends readonly [infer A extends number, infer B extends number, ...infer R extends Shape]
        ? Volume<readonly [Times<A, B>, ...R]>
        : number;

/**
 * Puts all numbers of an example into one axis, in row-major order: [N, ...S] → [N, ∏S].
 *
 * @param input the shape S of one example
 * @throws a `Fault` (`shape`) if a dimension is not a whole number of at least 1
 *
 * @example flatten([28, 28]) // Layer<{}, [28, 28], [784]>
 */
export const flatten = <const S extends Shape>(
  input: S,
): Layer<Tree.NoParameters, S, readonly [Volume<S>]> => {
  // The compiler's product and this one are the same number; the type tests hold that.
  const size = sizeOf(input) as Volume<S>;
  return layer<Tree.NoParameters, S, readonly [Volume<S>]>({
    name: 'flatten',
    input,
    output: [size],
    init: () => ({}),
    forward: (_, x) => reshape(x, [x.shape[0], size]),
  });
};
