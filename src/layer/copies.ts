import { whole } from '../core';
import { type AnyChain, type Chain, type ChainOf, chainOfLayers } from './chain';
import { type AnyLayer } from './layer';
import { type Endomorphic } from './residual';

type CopiesOf<L, N extends number, T extends readonly unknown[] = []> = number extends N
  ? readonly L[]
  : T['length'] extends N
    ? T
    : T['length'] extends 99
      ? readonly L[]
      : CopiesOf<L, N, readonly [...T, L]>;

/** A chain of n copies. */
export type Copies<L extends AnyLayer, N extends number> =
  CopiesOf<L, N> extends infer Ls extends readonly AnyLayer[]
    ? number extends Ls['length']
      ? Chain<Ls, L['input'], L['output']>
      : ChainOf<Ls>
    : never;

/**
 * Does what `repeat` does, for a layer that is known only at run time. It throws a `Fault`:
 * `options` for an invalid n, `shape` for shapes that do not fit.
 */
export const copiesOf = (n: number, one: AnyLayer): AnyChain =>
  chainOfLayers(Array.from({ length: whole('repeat', n, 1) }, () => one));

/**
 * `chain(f, f, …, f)`: n copies of one layer, each with its own parameters.
 *
 * @param n how many copies
 * @param one f, a layer whose output has the shape of its input; another one is a compile error
 * @throws a `Fault`: `options` if `n` is not a whole number of at least 1, `shape` if the shapes of
 *   `one` differ at run time
 *
 * @example copies(3, residual(linear(64, 64)))
 */
export const copies = <const N extends number, const L extends AnyLayer>(
  n: N,
  one: L & Endomorphic<L>,
): Copies<L, N> => {
  // The list is the one that the type counts.
  return copiesOf(n, one) as unknown as Copies<L, N>;
};
