/** Formulas in the form that a kernel runs: operations on registers, one after the other. */

const BINARY = ['add', 'sub', 'mul', 'div', 'max', 'min'] as const;
/** Functions of two numbers. */
export type BinaryOperation = (typeof BINARY)[number];
/** Functions of one. */
export type UnaryOperation = 'sqrt' | 'abs' | 'sign' | 'exp' | 'erf' | 'logistic';

/** Whether an operation has two operands. */
export const isBinary = (op: Operation['op']): op is BinaryOperation => BINARY.some((name) => name === op);

/** One operation of a program: its result is the next register. */
export interface Operation {
  readonly op: BinaryOperation | UnaryOperation | 'where' | 'affine';
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
