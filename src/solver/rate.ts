/** What work costs in time: the form of the table in `rates.ts`, which a command measures and writes. */

/**
 * How fast work is done: n multiply-adds over m numbers of float32 take 2n/gigaflops + 4m/gigabytes nanoseconds. The second term
 * is what makes products of narrow matrices slow. `Infinity` where a term was not seen.
 */
export interface Rate {
  readonly gigaflops: number;
  readonly gigabytes: number;
}

/** Work in one call: `call` microseconds, whatever its size, and 2n/gigaflops nanoseconds. */
export interface CallRate {
  readonly call: number;
  readonly gigaflops: number;
}

/** What follows the factor, in one call. */
export interface SolveRate {
  /** Microseconds, whatever the size. */
  readonly call: number;
  /** n²·U multiply-adds for a system of order n and U units: a substitution, a product by an inverse, or an iteration of CG. */
  readonly solve: Rate;
  /** R·F·U multiply-adds: the product with Aᵀ, and what V is measured by. */
  readonly apply: Rate;
}

/** The measured rate of each kind of work, by which `solveTime` weighs multiply-adds. */
export interface Rates {
  /** The machine that the table was measured on, and its threads. */
  readonly machine: string;
  readonly date: string;
  /** Half of the multiply-adds of a Gram matrix: AᵀA by its name, AAᵀ as `dual`. */
  readonly gram: {
    readonly product: CallRate;
    readonly patches: CallRate;
    readonly lags: CallRate;
    readonly dual: CallRate;
  };
  /** The same of a dense layer where a factor is to follow: sums in float64. */
  readonly wideGram: { readonly product: CallRate; readonly dual: CallRate };
  /** n³/6 multiply-adds: a factor in float64; `inverse`: what convolutions take for it. */
  readonly factor: { readonly float64: CallRate; readonly inverse: CallRate };
  /** An exact solve of a dense layer on either route; `inverse`: of a convolution. */
  readonly exact: { readonly primal: SolveRate; readonly dual: SolveRate; readonly inverse: SolveRate };
  /** Conjugate gradients. Without a matrix an iteration has 2·R·F·U multiply-adds. */
  readonly cg: { readonly primal: SolveRate; readonly dual: SolveRate; readonly matrixFree: SolveRate };
  /** Small systems as a whole in float64: by a kernel, and for CG on the host. */
  readonly small: { readonly exact: CallRate; readonly cg: CallRate };
}
