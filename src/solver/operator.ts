/**
 * The linear systems of implicit steps. For a link that is affine in its parameters, `f(θ, x) = A·θ + …` with
 * one design matrix A for all output units, an implicit step is the ridge problem
 *
 *     V = argmin_V ½‖A·V − H‖² + β/2·‖V‖²,   that is   (AᵀA + βI)·V = Aᵀ·H
 *
 * with R rows (batch × positions), F columns (fan-in + 1) and U output units. Matrices of units are stored
 * unit by unit: H is [U, R], V is [U, F], in the layout of a dense layer's weights.
 */
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { fail, short, type Tree } from '../core';
import { type ShiftedInverse } from './inverse';

/** One way to form AᵀA, with its price. */
export interface GramWay {
  /** `product`: of A with itself. `patches`, `lags`: for convolutions, see `src/layer/convolutionDesign.ts`. */
  readonly name: 'product' | 'patches' | 'lags';
  /** Multiply-adds. */
  readonly cost: number;
  /** AᵀA, [columns, columns]. */
  readonly form: () => Tensor;
  /** Optional: the products of A in float64, for backends that have kernels for them. */
  readonly wide?: WideProducts;
}

/**
 * Products of A whose terms are added up in float32, `chain` of them at most, and whose sums are in float64: matrices as tensors of their
 * bits, [rows and columns as multiples of four, 2]. Columns of A may be in an order of their own.
 */
export interface WideProducts {
  /** AᵀA. */
  readonly gram: () => Tensor;
  /** AᵀH unit by unit, [units, columns], for H as the design holds it. */
  readonly adjoint: (h: Tensor) => Tensor;
  readonly chain: number;
  /** Where AᵀA is a difference of sums: how many times as many terms they have as A has rows. Default 1. */
  readonly excess?: number;
  /** V [units, columns] in that order as `unpack` takes it. Default: as it is. */
  readonly ordered?: (v: Tensor) => Tensor;
}

/**
 * AᵀA where it is block diagonal: many small systems side by side, such as gain and bias of each feature. The columns of A are those
 * of the first system, then those of the second, and so on; all systems have as many.
 */
export interface Blocks {
  /** Unknowns of one system. */
  readonly size: number;
  /** The blocks of AᵀA on its diagonal, [columns / size, size, size]. */
  readonly form: () => Tensor;
  /** Optional, for two unknowns: x [R, G] where A_g = [x_g, 1], and right-hand sides are held as [R, G]. */
  readonly pairs?: Tensor;
}

/**
 * A as a map between matrices of as many units as you like, each a row: for combinations of the layer's units, of which there
 * are fewer than units.
 */
export interface Operator {
  /** `by`·H [m, rows] for H as the design holds it and `by` [m, units]. */
  readonly mix: (by: Tensor, h: Tensor) => Tensor;
  /** A·V for V [m, columns], as [m, rows]. */
  readonly apply: (v: Tensor) => Tensor;
  /** Aᵀ·H for H [m, rows], as [m, columns]. */
  readonly adjoint: (h: Tensor) => Tensor;
}

/** A as the tensor that it is made of. */
export interface InputsOfDesign {
  /** The columns of A, [rows, columns − ones]. */
  readonly x: Tensor;
  /** Columns of ones behind them: 1 or 0. */
  readonly ones: 0 | 1;
}

/** What is made of A alone, by its name: made once where several designs have one A. The tensors are the keeper's. */
export interface Shared {
  /** A tensor by its name, made where it is not there yet. */
  readonly tensor: (name: string, make: () => Tensor) => Tensor;
  /** An inverse by its name, made where it is not there yet. */
  readonly inverse: (name: string, make: () => ShiftedInverse) => ShiftedInverse;
}

/** Which matrix of which input A is: designs that agree in both have one A. */
export interface Source {
  readonly input: Tensor;
  /** For a dense layer with a bias `[x, 1]`; for others whatever A depends on beside the input. */
  readonly matrix: string;
}

/**
 * The design operator of a layer at an input: A and what it is cheap to do with it. Methods where parameters
 * come in, for the same reason as in `Layer`.
 *
 * Right-hand sides H and images A·V are held as the design likes best, so that no large array is moved for nothing:
 * a dense layer holds them as [units, rows], a convolution as images [N, H', W', U].
 */
export interface Design<P extends Tree.Tree> {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  /** Whether CG takes its scalars per output unit or once for the whole layer. */
  readonly scalars: Scalars;
  /** A·V. */
  apply(v: P): Tensor;
  /** Aᵀ·H. */
  readonly adjoint: (h: Tensor) => P;
  /** Optional: the most terms that `adjoint` adds up in float32, one after another. Default 1024. */
  readonly chain?: number;
  /** A itself, [rows, columns]. */
  readonly matrix: () => Tensor;
  /** The ways to form AᵀA, at least one. */
  readonly grams: readonly GramWay[];
  /** Optional, where AᵀA is block diagonal: an exact solve is then one of each block. */
  readonly blocks?: Blocks;
  /** AAᵀ, [rows, rows]. */
  readonly dualGram: () => Tensor;
  /**
   * Optional, where the last column of A is ones: the Gram matrix xxᵀ of the others, so that AAᵀ is xxᵀ + 1. Solvers keep the
   * two apart, for in one float32 matrix the ones round away inputs that are small beside them.
   */
  readonly dualGramOfInputs?: () => Tensor;
  /** Optional, where A lies in memory as it is, or up to a column of ones. */
  readonly inputs?: InputsOfDesign;
  /** Optional: without it, the residual of a solve is measured on all units, which costs as much as backprop. */
  readonly operator?: Operator;
  /** Optional: where several layers read one input, those of one source share Gram matrix and factor. */
  readonly source?: Source;
  /** Where what is made of A alone is kept, if it is. */
  readonly shared?: Shared;
  /** Parameters as a matrix [units, columns]. */
  pack(v: P): Tensor;
  /** Optional: `by`·pack(v) for `by` [m, units], where packing would copy large parameters. */
  combine?(by: Tensor, v: P): Tensor;
  /** The inverse of `pack`. */
  readonly unpack: (matrix: Tensor) => P;
  /** A batch of the layer's outputs [N, …], as the design holds them. */
  readonly outputs: (y: Tensor) => Tensor;
  /** H as a matrix [units, rows]. */
  readonly toUnits: (h: Tensor) => Tensor;
  /** A matrix [units, rows] as the design holds H. */
  readonly fromUnits: (matrix: Tensor) => Tensor;
}

/** `by`·pack(v), without packing where the design can do so. */
export const combinedOf = <P extends Tree.Tree>(design: Design<P>, by: Tensor, v: P): Tensor =>
  design.combine?.(by, v) ?? matMul(by, design.pack(v));

/** Whether CG takes its scalars for each output unit or once for the layer. */
export type Scalars = 'perUnit' | 'perLayer';

/** The ways to solve the system. */
export type Route = 'primal' | 'dual' | 'matrixFree';

/**
 * How to solve: by a Cholesky factorisation, or by a number of conjugate-gradient iterations from zero. The
 * route is chosen by the cost model unless given.
 */
export type Solver =
  | (SolverOptions & ExactOptions & { readonly kind: 'exact' })
  | (SolverOptions & {
      readonly kind: 'cg';
      readonly iterations: number;
      readonly route?: Route;
      /** Scalars of CG per output unit or per layer. Default: the layer's own convention. */
      readonly scalars?: Scalars;
    });

/** Options of every solver: how AᵀA is formed, the precision, and the tolerance. */
export interface SolverOptions {
  /** How the primal route forms AᵀA; asking for a way asks for that route. Default: the cheapest way that the layer has. */
  readonly gram?: GramWay['name'];
  /**
   * `float32`: fast float32 products; an exact solve factors the small system in float64 and refines.
   * `float64`: everything in float64, from the float32 inputs to the float32 result. `auto` (the default) takes the first, and
   * the second for systems so small that it costs nothing, and where the condition number or the measured residual asks for it.
   * Where reading stalls, `auto` is `float32`, an exact solve inverts by products, and only `float64` reads.
   */
  readonly precision?: 'auto' | 'float32' | 'float64';
  /** The relative residual at which a solution counts as converged; CG stops there when it is given. */
  readonly tolerance?: number;
}

/** Options of `exact`: its route, and the running mean of AᵀA. */
export interface ExactOptions {
  readonly route?: 'primal' | 'dual';
  /**
   * ρ in [0, 1): AᵀA as a running mean over the batches, in which older ones count ρ times as much each; 0 is that of the batch. It is
   * kept from step to step by `train`, `takeStep` and `descend`, and saved in checkpoints. For layers whose AᵀA is one matrix;
   * gains and biases of norms, and layers that are not affine, are solved as without it. Default: of the batch alone.
   */
  readonly average?: number;
  /**
   * For blocks without a design, which Gauss-Newton solves: at most so many products with the curvature, over all linearisations. Each
   * costs one to two backprop steps of the links that the block is in. A solve that meets it before it has converged says so
   * (`SolveReport.ended`). Default `DEFAULT_BUDGET`.
   */
  readonly budget?: number;
}

/** See `ExactOptions.budget`: enough for blocks of a few hundred parameters, and the end of what a step may cost for others. */
export const DEFAULT_BUDGET = 100;

/** A solver, or a `Fault` `options`: programs without types give anything. */
export const checkSolver = <S extends { readonly kind: string }>(path: string, solver: S): S => {
  const given: unknown = solver;
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined;
  if (kind === 'exact' || kind === 'cg' || kind === 'own') return solver;
  const found = given === null ? 'null' : typeof kind === 'string' ? `the kind ${short(kind)}` : typeof given;
  return fail('options', path, 'exact(…), cg(n), ownSolver(…), or undefined for an explicit step', found);
};

/**
 * An exact solve; see `Solver` and `DEFAULT_TOLERANCE`.
 *
 * @example proxprop({ solver: exact({ route: 'dual' }) })
 */
export const exact = (options: SolverOptions & ExactOptions = {}): Extract<Solver, { kind: 'exact' }> => ({
  kind: 'exact',
  ...options,
});

/**
 * True conjugate gradients, `iterations` of them from zero; see `Solver`.
 *
 * @example proxprop({ solver: cg(5, { tolerance: 1e-3 }) })
 */
export const cg = (
  iterations: number,
  options: SolverOptions & { readonly route?: Route; readonly scalars?: Scalars } = {},
): Extract<Solver, { kind: 'cg' }> => ({ kind: 'cg', iterations, ...options });

/**
 * The relative residual ‖(AᵀA + βI)V − AᵀH‖/‖AᵀH‖ at which a solve counts as converged. V is float32: its rounding alone leaves
 * up to 6e-8·√κ/2, which is 3e-5 at a condition number κ of 1e6, and the products that measure it leave as much again.
 */
export const DEFAULT_TOLERANCE = 1e-4;
