/** Running a step: the structure that both interpreters share. They differ in how a block is moved. */
import { fail, Tree } from '../core';
import { type Block, blockAt, blocksOf, showBlock, type State, withBlock, withShift } from '../energy';
import { type Solution, type Solver, type SolveReport } from '../solver';
import { type Step } from './step';

/** A report of an implicit step, and its block. */
export interface BlockSolve extends SolveReport {
  readonly block: string;
}

/** How an interpreter moves blocks: everything that depends on the energy and the batch. */
export interface Evaluator {
  /** ∇E by a block, of the block's type. `together` are the blocks whose gradients are wanted at this state. */
  readonly gradient: (state: State, block: Block, together: readonly Block[]) => Tree.Tree;
  /** The displacement argmin_u E(v + u) + 1/(2τ)·‖u‖². */
  readonly proximal: (state: State, block: Block, tau: number, solver: Solver) => Solution<Tree.Tree>;
  /** All activations at their links' outputs. */
  readonly forward: (state: State) => State;
  /** E. */
  readonly energy: (state: State) => number;
  /** c·t for a tree. */
  readonly scale: (tree: Tree.Tree, by: number) => Tree.Tree;
}

export interface Outcome {
  readonly state: State;
  readonly solves: readonly BlockSolve[];
}

const positive = (path: string, value: number, infinite: boolean): void => {
  if (!(value > 0) || (!infinite && value === Infinity))
    fail('options', path, `a positive ${infinite ? '' : 'finite '}number`, `${value}`);
};

const counted = (path: string, value: number): void => {
  if (!Number.isSafeInteger(value) || value < 0)
    fail('options', path, 'a whole number of at least 0', `${value}`);
};

const explicitBlocks = (steps: readonly Step[]): readonly Block[] =>
  steps.flatMap((s) => (s.tag === 'explicit' ? [s.block] : []));

const hasTensors = (state: State, block: Block): boolean =>
  Tree.leaves(blockAt(state, block).anchor).length > 0;

/** Merge what several steps did to one state; a block that two of them changed is an error. */
const merge = (before: State, after: readonly State[]): State =>
  blocksOf(before).reduce((merged, block) => {
    const old = blockAt(before, block);
    const changed = after.map((s) => blockAt(s, block)).filter((v) => v !== old);
    if (changed.length > 1)
      fail(
        'schedule',
        'jointly',
        'steps on different blocks',
        `${changed.length} steps on ${showBlock(block)}`,
      );
    return changed[0] === undefined ? merged : withBlock(merged, block, changed[0]);
  }, before);

/** Run a step from a state with an evaluator. Pure: the state given is not changed. */
export const interpret =
  (evaluator: Evaluator) =>
  (step: Step, state: State, together: readonly Block[] = []): Outcome => {
    const run = (s: Step, from: State, blocks: readonly Block[] = []): Outcome =>
      interpret(evaluator)(s, from, blocks);
    switch (step.tag) {
      case 'explicit': {
        positive(`step size of ${showBlock(step.block)}`, step.stepSize, false);
        if (!hasTensors(state, step.block)) return { state, solves: [] };
        const gradient = evaluator.gradient(state, step.block, [step.block, ...together]);
        return {
          state: withShift(state, step.block, evaluator.scale(gradient, -step.stepSize)),
          solves: [],
        };
      }
      case 'implicit': {
        const block = showBlock(step.block);
        if (!hasTensors(state, step.block)) return { state, solves: [] };
        positive(`τ of ${block}`, step.tau, true);
        const { value, report } = evaluator.proximal(state, step.block, step.tau, step.solver);
        return { state: withShift(state, step.block, value), solves: [{ block, ...report }] };
      }
      case 'forward':
        return { state: evaluator.forward(state), solves: [] };
      case 'andThen':
        return step.steps.reduce<Outcome>(
          (outcome, next) => {
            const { state: after, solves } = run(next, outcome.state);
            return { state: after, solves: [...outcome.solves, ...solves] };
          },
          { state, solves: [] },
        );
      case 'jointly': {
        const blocks = explicitBlocks(step.steps);
        const outcomes = step.steps.map((s) => run(s, state, blocks));
        return {
          state: merge(
            state,
            outcomes.map((o) => o.state),
          ),
          solves: outcomes.flatMap((o) => o.solves),
        };
      }
      case 'repeat': {
        counted('repeat.times', step.times);
        let outcome: Outcome = { state, solves: [] };
        for (let i = 0; i < step.times; i++) {
          const { state: after, solves } = run(step.step, outcome.state);
          outcome = { state: after, solves: [...outcome.solves, ...solves] };
        }
        return outcome;
      }
      case 'until': {
        counted('until.most', step.most);
        let outcome: Outcome = { state, solves: [] };
        let before = evaluator.energy(state);
        for (let turn = 1; turn <= step.most; turn++) {
          const { state: after, solves } = run(step.step, outcome.state);
          outcome = { state: after, solves: [...outcome.solves, ...solves] };
          const energy = evaluator.energy(after);
          if (step.done({ turn, energy, before })) break;
          before = energy;
        }
        return outcome;
      }
      default:
        return step satisfies never;
    }
  };
