/** Named parts of one batch, with their size in the type. */
import { type Features, packingOf, type Shapes } from '../core';
import { type Plus } from './arithmetic';
import { type Volume } from './flatten';

/** A function of A for each member of a union, all at once: a parameter of type A for each. */
type AsFunctions<U> = (U extends unknown ? (of: (member: U) => void) => void : never) extends (
  of: infer F,
) => void
  ? F
  : never;

/** One member of a union. Which one does not matter: sums have no order. */
type OneOf<U> = AsFunctions<U> extends (member: infer M) => void ? M : never;

/**
 * The sum of the sizes of all parts, as a literal where the compiler can count it, else `number`.
 */
export type Total<S extends Shapes, K = keyof S> = string extends keyof S
  ? number
  : [K] extends [never]
    ? 0
    : OneOf<K> extends infer M extends keyof S
      ? Plus<Volume<S[M]>, Total<S, Exclude<K, M>>>
      : number;

/** The packing of named parts, with the size of a packed example. */
export type FeaturesOf<S extends Shapes> = Features<S, readonly [Total<S>]>;

/**
 * Packs several named inputs into one batch: their features lie one behind the other, in the order
 * in which you name them.
 *
 *     x[n] = (part_1[n], …, part_k[n])   [N, ∏S_1 + … + ∏S_k]
 *
 * `graph` takes the result as the inputs of a network. Its `pack` makes the batch from one tensor
 * for each name, `unpack` takes it apart again, and `packHost` makes the rows of `Examples`.
 *
 * @param shapes the shape of each part by its name, without the batch axis
 * @throws a `Fault` (`shape`) if there is no part, a shape is invalid, or a name is a whole number,
 *   such as '1'
 *
 * @example
 * const inputs = features({ image: [28, 28, 1], age: [1] }); // inputs.shape is [785]
 * const net = pipe(
 *   graph(inputs),
 *   bind('flat', flatten([28, 28, 1]), 'image'),
 *   meet('both', concat([784], [1]), 'flat', 'age'),
 *   output('both'),
 * );
 * net.forward(net.init(Key.key(1)), inputs.pack({ image, age })); // [N, 785]
 */
export const features = <const S extends Shapes>(shapes: S): FeaturesOf<S> =>
  // The compiler's sum and this one are the same number; the type tests hold that.
  packingOf('features', shapes) as unknown as FeaturesOf<S>;
