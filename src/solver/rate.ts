/**
 * The form of the table in `rates.ts`: how much time work takes. A command measures and writes that
 * table.
 */

/**
 * The speed of work: n multiply-adds over m float32 numbers take 2n/gigaflops + 4m/gigabytes
 * nanoseconds. The second term makes products of narrow matrices slow. It is `Infinity` if the fit
 * found no such term.
 */
export interface Rate {
  /** Floating-point operations per nanosecond; a multiply-add counts as two. */
  readonly gigaflops: number;
  /** Bytes per nanosecond. */
  readonly gigabytes: number;
}

/**
 * The speed of work in one call: `call` microseconds, whatever its size, plus 2n/gigaflops
 * nanoseconds for n multiply-adds.
 */
export interface CallRate {
  /** Microseconds of the call, whatever its size. */
  readonly call: number;
  /** Floating-point operations per nanosecond; a multiply-add counts as two. */
  readonly gigaflops: number;
}

/** The speed of the work after the factorisation, in one call. */
export interface SolveRate {
  /** Microseconds, whatever the size. */
  readonly call: number;
  /**
   * n²·U multiply-adds for a system of order n and U units: a substitution, a product with an
   * inverse, or an iteration of CG.
   */
  readonly solve: Rate;
  /** R·F·U multiply-adds: the product with Aᵀ, and the measurement of V. */
  readonly apply: Rate;
}

/** The measured rate of each kind of work, by which `solveTime` converts multiply-adds to time. */
export interface Rates {
  /** The machine on which the table was measured, and its threads. */
  readonly machine: string;
  /** The day of the measurement. */
  readonly date: string;
  /** Half of the multiply-adds of a Gram matrix: AᵀA by its name, AAᵀ as `dual`. */
  readonly gram: {
    readonly product: CallRate;
    readonly patches: CallRate;
    readonly lags: CallRate;
    readonly dual: CallRate;
  };
  /** The same for a dense layer whose system is then factored: with sums in float64. */
  readonly wideGram: { readonly product: CallRate; readonly dual: CallRate };
  /** The same if its system is factored in float32. */
  readonly singleGram: { readonly product: CallRate; readonly dual: CallRate };
  /** n³/6 multiply-adds: a factorisation in that precision; `inverse` is that of convolutions. */
  readonly factor: {
    readonly float64: CallRate;
    readonly float32: CallRate;
    readonly inverse: CallRate;
  };
  /** An exact solve of a dense layer on either route; `inverse` is that of a convolution. */
  readonly exact: { readonly primal: SolveRate; readonly dual: SolveRate; readonly inverse: SolveRate };
  /** An exact solve of a dense layer by a factor in float32. */
  readonly single: { readonly primal: SolveRate; readonly dual: SolveRate };
  /** Conjugate gradients. Matrix-free, an iteration has 2·R·F·U multiply-adds. */
  readonly cg: { readonly primal: SolveRate; readonly dual: SolveRate; readonly matrixFree: SolveRate };
  /** Small systems as a whole in float64: exact solves by a kernel, and CG on the host. */
  readonly small: { readonly exact: CallRate; readonly cg: CallRate };
}
