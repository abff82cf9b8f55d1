/** Formulas in the form that a kernel runs: operations on registers, one after the other. */

/** One operation of a program: its result is the next register. */
export interface Operation {
  readonly op: 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'sqrt' | 'abs' | 'sign' | 'where' | 'affine';
  /** Registers: the inputs, then the results of the operations before. */
  readonly a: number;
  readonly b: number;
  /** The condition of `where`. */
  readonly c: number;
  readonly factor: number;
  readonly addend: number;
}

/**
 * Formulas as operations on registers. Each result is computed once, in one pass over the numbers.
 */
export interface Program {
  /** The number of input tensors. */
  readonly inputs: number;
  readonly operations: readonly Operation[];
  /** The registers of the results. */
  readonly results: readonly number[];
}
