/**
 * The interface through which an interpreter moves blocks, and the outcome of a step. Both
 * interpreters share it.
 */
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { type Key, Tree } from '../core';
import { type Block, type Link, type Memory, type SingleBlock, type State } from '../energy';
import {
  type AnySolver,
  type FactorOptions,
  type GramMean,
  type Solution,
  type SolveReport,
} from '../solver';

/** The report of an implicit step. */
export interface BlockSolve extends SolveReport {
  /** The block that the step moved, such as `θ_1` or `x[2]`. */
  readonly block: string;
}

/** The report of one step under trust; see `trusted`. */
export interface TrustReport {
  /** The name under which its state is kept in `State.memory`. */
  readonly name: string;
  /** J on the batch before the step. */
  readonly before: number;
  /** J on the batch after the step. */
  readonly after: number;
  /**
   * The decrease of J that was predicted for the accepted factor. If the step was rejected, it is
   * the prediction for the last factor tried (0 if negative), or 0 if nothing could move.
   */
  readonly predicted: number;
  /** The factor of the displacement; 0 if the parameters stay. */
  readonly scale: number;
  /** The metric with which the step was made. */
  readonly metric: number;
  /** Whether J fell enough relative to the prediction; also true if nothing could move. */
  readonly accepted: boolean;
  /** Forward passes for trials. */
  readonly passes: number;
  /** How often the step itself was run. */
  readonly proposals: number;
}

/**
 * How an interpreter moves blocks. It holds everything that depends on the energy and the batch.
 */
export interface Evaluator {
  /** The links of the energy, for messages. */
  readonly links: readonly Link[];
  /**
   * ∇E by a variable, with the type of the variable; for `frozen` see `explicit`. `wanted` are all
   * variables whose gradients will be asked for at this state.
   */
  readonly gradient: (
    state: State,
    block: SingleBlock,
    frozen: boolean,
    wanted: readonly SingleBlock[],
  ) => Tree.Tree;
  /** The decrement of v: argmin_u E(v − u) + 1/(2τ)·‖u‖². For `frozen` see `implicit`. */
  readonly proximal: (state: State, block: Block, tau: number, solver: AnySolver, frozen: boolean) => Moved;
  /** The links whose terms of E contain a variable. */
  readonly linksWith: (block: SingleBlock) => readonly number[];
  /**
   * The memory after a batch, with the factors of every θ_l that has them, and reports of the
   * inverses; see `factors`.
   */
  readonly factors: (
    state: State,
    options: FactorOptions,
    key: Key.Key | undefined,
  ) => { readonly memory: Memory; readonly solves: readonly BlockSolve[] };
  /** A gradient by θ_l in the metric of the memory; unchanged if θ_l has no factors. */
  readonly inMetric: (state: State, block: SingleBlock, gradient: Tree.Tree) => Tree.Tree;
  /** The state with all activations at the outputs of their links. */
  readonly forward: (state: State) => State;
  /** λ_l + ρ_l·(x[l] − f_l). */
  readonly multiplier: (state: State, link: number) => Tensor;
  /** The factor of the energy's norm: 1 for sums over the batch, 1/N for means. */
  readonly measure: (state: State) => number;
  /** E. */
  readonly energy: (state: State) => number;
  /** J: the loss at the output of the last link. */
  readonly objective: (state: State) => number;
  /** c_l. */
  readonly coupling: (state: State, link: number) => number;
  /** c·t for a tree t. For c = 1 it returns t itself. */
  readonly scale: (tree: Tree.Tree, by: number) => Tree.Tree;
  /**
   * Announces that parameter steps will run again at the same inputs, so the evaluator should cache
   * what it derives from these.
   */
  readonly again?: () => void;
  /**
   * Announces, after a step, which links later steps use. The evaluator may free everything else
   * that it caches, also in the state.
   */
  readonly forget?: (state: State, looksAt: (link: number) => boolean) => void;
}

/** c·t for a tree t. For c = 1 it returns t itself. */
export const scaled = <T extends Tree.Tree>(tree: T, by: number): T =>
  by === 1 ? tree : Tree.map((leaf) => mul(leaf, by))(tree);

/** A solution, and the running mean that its step remembers. */
export interface Moved extends Solution<Tree.Tree> {
  readonly memory?: GramMean;
}

/** The result of running steps. */
export interface Outcome {
  /** The state that the steps left. */
  readonly state: State;
  /** The reports of the implicit steps, in order. */
  readonly solves: readonly BlockSolve[];
  /** For steps under trust, one report for each turn; missing without such steps. */
  readonly trust?: readonly TrustReport[];
}
