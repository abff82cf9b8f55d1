/** `true` where two types are the same, not merely assignable. */
export type Equal<A, B> =
  (<T>(probe: T) => T extends A ? 1 : 2) extends <T>(probe: T) => T extends B ? 1 : 2 ? true : false;

/** Compiles only where the verdict is true. */
export type Holds<T extends true> = T;
