/** How an interpreter moves blocks, and what a step leaves behind: what both interpreters and the walk over steps share. */
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

/** A report of an implicit step, and its block. */
export interface BlockSolve extends SolveReport {
  readonly block: string;
}

/** What came of one step under trust. */
export interface TrustReport {
  readonly name: string;
  /** J on the batch before and after it. */
  readonly before: number;
  readonly after: number;
  /** The decrease that was predicted for the factor that was taken; 0 where none was. */
  readonly predicted: number;
  /** The factor of the displacement; 0 where the parameters stay. */
  readonly scale: number;
  /** The metric that the step was made with. */
  readonly metric: number;
  /** Whether J fell by enough of that; also where there was nothing to move. */
  readonly accepted: boolean;
  /** Forward passes for trials, and how often the step itself was run. */
  readonly passes: number;
  readonly proposals: number;
}

/** How an interpreter moves blocks: everything that depends on the energy and the batch. */
export interface Evaluator {
  /** Of the energy, for messages. */
  readonly links: readonly Link[];
  /**
   * ∇E by a variable, of its type; frozen: see `explicit`. `wanted` are the variables whose gradients are wanted at
   * this state.
   */
  readonly gradient: (
    state: State,
    block: SingleBlock,
    frozen: boolean,
    wanted: readonly SingleBlock[],
  ) => Tree.Tree;
  /** What to subtract from v, its decrement: argmin_u E(v − u) + 1/(2τ)·‖u‖²; frozen: see `implicit`. */
  readonly proximal: (state: State, block: Block, tau: number, solver: AnySolver, frozen: boolean) => Moved;
  /** The links whose terms of E a variable is in. */
  readonly linksWith: (block: SingleBlock) => readonly number[];
  /** The memory after a batch, with the factors of every θ_l that has them, and reports of the inverses; see `factors`. */
  readonly factors: (
    state: State,
    options: FactorOptions,
    key: Key.Key | undefined,
  ) => { readonly memory: Memory; readonly solves: readonly BlockSolve[] };
  /** A gradient by θ_l in the metric of the memory; as it is where θ_l has no factors. */
  readonly inMetric: (state: State, block: SingleBlock, gradient: Tree.Tree) => Tree.Tree;
  /** All activations at their links' outputs. */
  readonly forward: (state: State) => State;
  /** λ_l + ρ_l·(x[l] − f_l). */
  readonly multiplier: (state: State, link: number) => Tensor;
  /** What the energy's norm multiplies sums over the batch by. */
  readonly measure: (state: State) => number;
  /** E. */
  readonly energy: (state: State) => number;
  /** J: the loss at the output of the last link. */
  readonly objective: (state: State) => number;
  /** c_l. */
  readonly coupling: (state: State, link: number) => number;
  /** c·t for a tree; for c = 1 the tree itself. */
  readonly scale: (tree: Tree.Tree, by: number) => Tree.Tree;
  /** Told that parameter steps come again at the same inputs: what they make of these is worth keeping. */
  readonly again?: () => void;
  /** Told, after a step, which links what follows still looks at: the rest of what it keeps it may free, also in the state. */
  readonly forget?: (state: State, looksAt: (link: number) => boolean) => void;
}

/** c·t for a tree; for c = 1 the tree itself. */
export const scaled = <T extends Tree.Tree>(tree: T, by: number): T =>
  by === 1 ? tree : Tree.map((leaf) => mul(leaf, by))(tree);

/** A solution, and what its step remembers. */
export interface Moved extends Solution<Tree.Tree> {
  readonly memory?: GramMean;
}

/** What a run of steps leaves: the state, and the reports of its solves and of its steps under trust. */
export interface Outcome {
  readonly state: State;
  readonly solves: readonly BlockSolve[];
  /** Of steps under trust, one report a turn; where there are none, nothing. */
  readonly trust?: readonly TrustReport[];
}
