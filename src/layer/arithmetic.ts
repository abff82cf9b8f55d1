/**
 * Arithmetic on literal dimensions, by the compiler. It counts by building tuples of up to 999
 * elements. Larger or unknown numbers are `number`, and are checked at run time.
 */
type Tuple = readonly unknown[];

type TupleOf<N extends number, T extends Tuple = []> = T['length'] extends N
  ? T
  : T['length'] extends 999
    ? never
    : TupleOf<N, readonly [...T, unknown]>;

/** The number, or `number` where the compiler could not count so far. */
type Counted<N> = [N] extends [never] ? number : Extract<N, number>;

/** A · B. */
export type Times<A extends number, B extends number> = number extends A | B
  ? number
  : TimesTuple<TupleOf<A>, TupleOf<B>>;
type TimesTuple<A extends Tuple, B extends Tuple, Sum extends Tuple = []> = [A] extends [never]
  ? number
  : [B] extends [never]
    ? number
    : A extends readonly [unknown, ...infer R]
      ? TimesTuple<R, B, readonly [...Sum, ...B]>
      : Counted<Sum['length']>;

/** A + B. */
export type Plus<A extends number, B extends number> = number extends A | B
  ? number
  : PlusTuple<TupleOf<A>, TupleOf<B>>;
type PlusTuple<A extends Tuple, B extends Tuple> = [A] extends [never]
  ? number
  : [B] extends [never]
    ? number
    : Counted<[...A, ...B]['length']>;

/** A − B for A ≥ B; `number` for others, which the run time refuses. */
export type Minus<A extends number, B extends number> = number extends A | B
  ? number
  : MinusTuple<TupleOf<A>, TupleOf<B>>;
type MinusTuple<A extends Tuple, B extends Tuple> = [A] extends [never]
  ? number
  : [B] extends [never]
    ? number
    : A extends readonly [...B, ...infer R]
      ? Counted<R['length']>
      : number;

/** A / B, rounded up, for B ≥ 1. */
export type QuotientUp<A extends number, B extends number> = number extends A | B
  ? number
  : B extends 0
    ? number
    : QuotientTuple<TupleOf<A>, TupleOf<B>>;
type QuotientTuple<A extends Tuple, B extends Tuple, Q extends Tuple = []> = [A] extends [never]
  ? number
  : [B] extends [never]
    ? number
    : A extends readonly []
      ? Counted<Q['length']>
      : A extends readonly [...B, ...infer R]
        ? QuotientTuple<R, B, readonly [...Q, unknown]>
        : Counted<[...Q, unknown]['length']>;
