/** All values of an example in one axis. */
import { reshape } from '@tensorflow/tfjs-core';
import { type Shape, sizeOf, type Tree } from '../core';
import { type Layer, layer } from './layer';

// Products of literals are computed by the compiler up to this many: it counts by building tuples, and a
// tuple may have 9,999 elements. Larger or unknown sizes are `number`, and checked at run time.
type Repeat<N extends number, T extends readonly unknown[] = []> = T['length'] extends N
  ? T
  : T['length'] extends 999
    ? never
    : Repeat<N, readonly [...T, unknown]>;
type Times<A extends number, B extends number> = number extends A | B
  ? number
  : TimesTuple<Repeat<A>, Repeat<B>>;
type TimesTuple<
  A extends readonly unknown[],
  B extends readonly unknown[],
  Sum extends readonly unknown[] = [],
> = [A] extends [never]
  ? number
  : [B] extends [never]
    ? number
    : A extends readonly [unknown, ...infer R]
      ? TimesTuple<R, B, readonly [...Sum, ...B]>
      : Sum['length'];

/** The product of the dimensions, as a literal where the compiler can count it, else `number`. */
export type Volume<S extends Shape> = number extends S['length']
  ? number
  : S extends readonly []
    ? 1
    : S extends readonly [infer A extends number]
      ? A
      : S extends readonly [infer A extends number, infer B extends number, ...infer R extends Shape]
        ? Volume<readonly [Extract<Times<A, B>, number>, ...R]>
        : number;

/**
 * `[N, ...S] → [N, ∏S]`, row-major.
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
