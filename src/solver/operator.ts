/**
 * The linear systems of implicit steps. For a link that is affine in its parameters,
 * `f(θ, x) = A·θ + …` with one design matrix A for all output units, an implicit step is the ridge
 * problem
 *
 *     V = argmin_V ½‖A·V − H‖² + β/2·‖V‖²,   that is   (AᵀA + βI)·V = Aᵀ·H
 *
 * with R rows (batch × positions), F columns (fan-in + 1) and U output units. Matrices of units are
 * stored unit by unit: H is [U, R] and V is [U, F], the layout of a dense layer's weights.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { fail, short, type Tree } from '../core';
import { type ShiftedInverse } from './inverse';

/** One way to form AᵀA, with its price. */
export interface GramWay {
  /**
   * `product`: A times itself. `patches`, `lags`: for convolutions; see
   * `src/layer/convolutionDesign.ts`.
   */
  readonly name: 'product' | 'patches' | 'lags';
  /** Multiply-adds. */
  readonly cost: number;
  /** AᵀA, [columns, columns]. */
  readonly form: () => Tensor;
  /** Optional: the products of A in float64, for backends that have kernels for them. */
  readonly wide?: WideProducts;
}

/**
 * Products of A whose terms are summed in float32, at most `chain` of them at a time, with the rest
 * of each sum in float64. Matrices are tensors of their bits, [rows and columns as multiples of
 * four, 2]. Columns of A may have an order of their own.
 */
export interface WideProducts {
  /** AᵀA. */
  readonly gram: () => Tensor;
  /** AᵀH unit by unit, [units, columns], for H as the design holds it. */
  readonly adjoint: (h: Tensor) => Tensor;
  /** The most terms that are summed in float32. */
  readonly chain: number;
  /**
   * If AᵀA is a difference of sums: the number of their terms, divided by the rows of A. Default 1.
   */
  readonly excess?: number;
  /** Maps V [units, columns] from that order to the order of `unpack`. Default: no change. */
  readonly ordered?: (v: Tensor) => Tensor;
}

/**
 * A block diagonal AᵀA: many small systems side by side, such as gain and bias of each feature. The
 * columns of A are those of the first system, then those of the second, and so on; all systems have
 * equally many.
 */
export interface Blocks {
  /** Unknowns of one system. */
  readonly size: number;
  /** The diagonal blocks of AᵀA, [columns / size, size, size]. */
  readonly form: () => Tensor;
  /**
   * Optional, for two unknowns: x [R, G] if A_g = [x_g, 1] and right-hand sides are held as [R, G].
   */
  readonly pairs?: Tensor;
}

/**
 * A as a map between matrices with any number of units, each a row. It serves combinations of the
 * layer's units, of which there are fewer than units.
 */
export interface Operator {
  /** `by`·H [m, rows], for H as the design holds it and `by` [m, units]. */
  readonly mix: (by: Tensor, h: Tensor) => Tensor;
  /** A·V for V [m, columns], as [m, rows]. */
  readonly apply: (v: Tensor) => Tensor;
  /** Aᵀ·H for H [m, rows], as [m, columns]. */
  readonly adjoint: (h: Tensor) => Tensor;
}

/** The tensor of which A consists. */
export interface InputsOfDesign {
  /** The first columns of A, [rows, columns − ones]. */
  readonly x: Tensor;
  /** Columns of ones behind them: 1 or 0. */
  readonly ones: 0 | 1;
}

/** A matrix [units, columns] as A lies in memory: all columns but the last, and the last one [units, 1]. */
export interface SplitColumns {
  readonly most: Tensor;
  readonly last: Tensor;
}

/** `split` and its inverse `join`; methods, for the same reason as in `Layer`. */
export interface PackedParts<P extends Tree.Tree> {
  /** pack(v) in two parts. */
  split(v: P): SplitColumns;
  /** The parameters of these parts. */
  join(parts: SplitColumns): P;
}

/**
 * A cache of what is computed from A alone, by name, for several designs with one A. The keeper
 * owns the tensors.
 */
export interface Shared {
  /** The tensor of a name. It is made on the first call. */
  readonly tensor: (name: string, make: () => Tensor) => Tensor;
  /** The same for a list of tensors, whose names are apart. */
  readonly tensors: (name: string, make: () => readonly Tensor[]) => readonly Tensor[];
  /** The inverse of a name. It is made on the first call. */
  readonly inverse: (name: string, make: () => ShiftedInverse) => ShiftedInverse;
}

/** Identifies A: designs with equal `input` and `matrix` have the same A. */
export interface Source {
  /** The input tensor of which A is made. */
  readonly input: Tensor;
  /**
   * `[x, 1]` for a dense layer with a bias; for others a text of everything that A depends on
   * beside the input.
   */
  readonly matrix: string;
}

/**
 * The design operator of a layer at an input: A, and the products that are cheap with it. `apply`
 * and `pack` are methods, for the same reason as in `Layer`.
 *
 * Right-hand sides H and images A·V are stored as the design prefers, so that no large array is
 * moved needlessly: a dense layer stores them as [units, rows], a convolution as images [N, H', W',
 * U].
 */
export interface Design<P extends Tree.Tree> {
  /** R: examples times positions. */
  readonly rows: number;
  /** F: unknowns of each unit, such as fan-in + 1. */
  readonly columns: number;
  /** U: output units, each a right-hand side. */
  readonly units: number;
  /** Whether CG takes its scalars per output unit, or once for the whole layer. */
  readonly scalars: Scalars;
  /** A·V. */
  apply(v: P): Tensor;
  /** Aᵀ·H. */
  readonly adjoint: (h: Tensor) => P;
  /** Optional: the most terms that `adjoint` sums in float32, one after another. Default: all. */
  readonly chain?: number;
  /** A itself, [rows, columns]. */
  readonly matrix: () => Tensor;
  /** The ways to form AᵀA, at least one. */
  readonly grams: readonly GramWay[];
  /** Optional, for a block diagonal AᵀA: an exact solve then solves each block. */
  readonly blocks?: Blocks;
  /** AAᵀ, [rows, rows]. */
  readonly dualGram: () => Tensor;
  /**
   * Optional, if the last column of A is ones: the Gram matrix xxᵀ of the other columns, so that
   * AAᵀ is xxᵀ + 1. Solvers keep the two apart, as in one float32 matrix the ones would round away
   * small inputs.
   */
  readonly dualGramOfInputs?: () => Tensor;
  /** Optional, if A lies in memory as it is, or up to a column of ones. */
  readonly inputs?: InputsOfDesign;
  /**
   * Optional, with `inputs`: the design at other inputs x of as many columns and any number of rows,
   * which holds H as [units, rows]. The steps of a recurrent network are then one system.
   */
  readonly at?: (x: Tensor) => Design<P>;
  /**
   * Optional. Without it, the residual of a solve is measured on all units, which costs as much as
   * backprop.
   */
  readonly operator?: Operator;
  /**
   * Optional: if several layers read one input, those with the same source share Gram matrix and
   * factor.
   */
  readonly source?: Source;
  /** The cache of what is computed from A alone, if there is one. */
  readonly shared?: Shared;
  /** Parameters as a matrix [units, columns]. */
  pack(v: P): Tensor;
  /** The inverse of `pack`. */
  readonly unpack: (matrix: Tensor) => P;
  /** Optional: `pack` and `unpack` by two parts, where one matrix would be a copy of large parameters. */
  readonly parts?: PackedParts<P>;
  /** A batch of the layer's outputs [N, …], as the design holds them. */
  readonly outputs: (y: Tensor) => Tensor;
  /** H as a matrix [units, rows]. */
  readonly toUnits: (h: Tensor) => Tensor;
  /** A matrix [units, rows] as the design holds H. */
  readonly fromUnits: (matrix: Tensor) => Tensor;
}

/** The ridge system (AᵀA + βI)·V = Aᵀ·H of a design, as its solvers get it. */
export interface RidgeSystem<P extends Tree.Tree> {
  readonly design: Design<P>;
  /** H as the design holds it. */
  readonly h: Tensor;
  /** β ≥ 0. */
  readonly beta: number;
  /**
   * Whether numbers may be read before the system is solved. If not, no decision depends on a
   * number, and reports hold scalar tensors.
   */
  readonly mayRead: boolean;
}

/** Whether CG takes its scalars for each output unit, or once for the layer. */
export type Scalars = 'perUnit' | 'perLayer';

/** The ways to solve the system. */
export type Route = 'primal' | 'dual' | 'matrixFree';

/**
 * How to solve: `exact` by a Cholesky factorisation, or `cg` by conjugate-gradient iterations from
 * zero. The cost model chooses the route unless you do.
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

/** Options of every solver. */
export interface SolverOptions {
  /**
   * How the primal route forms AᵀA. Naming a way selects the primal route. Default: the fastest way
   * that the layer has.
   */
  readonly gram?: GramWay['name'];
  /**
   * `float32`: fast float32 products; an exact solve factors the small system in float32 if that
   * determines V well enough, otherwise in float64, and refines. `float64`: everything in float64, from the float32 inputs to the float32 result.
   * `auto` (the default) takes float32, except for systems so small that float64 costs nothing, and
   * if the condition number or the measured residual requires float64. If reads stall, `auto` is
   * `float32`, an exact solve inverts by products, and only `float64` reads.
   */
  readonly precision?: 'auto' | 'float32' | 'float64';
  /**
   * The relative residual at which a solution counts as converged. CG stops there if you give it.
   * Default `DEFAULT_TOLERANCE`, 1e-4.
   */
  readonly tolerance?: number;
}

/** Options of `exact`. */
export interface ExactOptions {
  /** Default: the faster one by the table of rates. */
  readonly route?: 'primal' | 'dual';
  /**
   * ρ in [0, 1): AᵀA is a running mean over the batches, in which each older batch counts ρ times
   * as much. 0 uses the batch alone. `train`, `takeStep` and `descend` keep the mean from step to
   * step, and checkpoints save it. It applies to layers whose AᵀA is one matrix; gains and biases
   * of norms, and layers that are not affine, are solved without it. Default: the batch alone.
   */
  readonly average?: number;
  /**
   * For blocks without a design, which Gauss-Newton solves: the most products with the curvature,
   * over all linearisations. Each costs one to two backprop steps of the links that contain the
   * block. If a solve spends its budget before it has converged, its report says so
   * (`SolveReport.ended`). Default `DEFAULT_BUDGET`, 100.
   */
  readonly budget?: number;
}

/**
 * The default of `ExactOptions.budget`, in products with the curvature: enough for blocks of a few
 * hundred parameters, and a limit on the cost of a step for larger blocks.
 */
export const DEFAULT_BUDGET = 100;

/**
 * Returns the solver, or throws a `Fault` with tag `options` at `path`: programs without types may
 * pass anything.
 *
 * @example checkSolver('solver', cg(3)).kind // 'cg'
 */
export const checkSolver = <S extends { readonly kind: string }>(path: string, solver: S): S => {
  const given: unknown = solver;
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined;
  if (kind === 'exact' || kind === 'cg' || kind === 'own') return solver;
  const found = given === null ? 'null' : typeof kind === 'string' ? `the kind ${short(kind)}` : typeof given;
  return fail('options', path, 'exact(…), cg(n), ownSolver(…), or undefined for an explicit step', found);
};

/**
 * An exact solve of the ridge systems of implicit steps, by a Cholesky factorisation: (AᵀA + βI)·V
 * = AᵀH. It counts as converged if its relative residual is at most the tolerance, 1e-4 by default.
 * For blocks without a design it takes Gauss-Newton steps until they converge or the budget is
 * spent.
 *
 * The options are checked when a step runs: it throws a `Fault` with tag `options` if they
 * contradict each other or are out of range.
 *
 * @example proxprop({ solver: exact({ route: 'dual' }) })
 */
export const exact = (options: SolverOptions & ExactOptions = {}): Extract<Solver, { kind: 'exact' }> => ({
  kind: 'exact',
  ...options,
});

/**
 * A solve by true conjugate gradients (Hestenes and Stiefel 1952): `iterations` of them from zero,
 * or fewer if you give a tolerance and it is reached. Every iterate is a descent direction. For
 * blocks without a design it takes one Gauss-Newton step of that many iterations.
 *
 * The options are checked when a step runs: it throws a `Fault` with tag `options` if `iterations`
 * is no whole number of at least 1, or if the options contradict each other.
 *
 * @example proxprop({ solver: cg(5, { tolerance: 1e-3 }) })
 */
export const cg = (
  iterations: number,
  options: SolverOptions & { readonly route?: Route; readonly scalars?: Scalars } = {},
): Extract<Solver, { kind: 'cg' }> => ({ kind: 'cg', iterations, ...options });

/**
 * The relative residual ‖(AᵀA + βI)V − AᵀH‖/‖AᵀH‖ at which a solve counts as converged. V is
 * float32. Its rounding alone leaves up to 6e-8·√κ/2, which is 3e-5 at a condition number κ of 1e6,
 * and the products that measure it add as much again.
 */
export const DEFAULT_TOLERANCE = 1e-4;
