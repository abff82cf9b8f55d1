/** Running a step: the structure that both interpreters share. They differ in how a block is moved. */
import { mul, neg, type Tensor } from '@tensorflow/tfjs-core';
import { atLeast, explaining, fail, inside, positive, Tree, whole } from '../core';
import {
  type Block,
  blockAt,
  blocksOf,
  type Link,
  ofActivations,
  placeOfLink,
  showBlock,
  type State,
  type SingleBlock,
  variablesOf,
  withBlock,
  withBlockLess,
} from '../energy';
import { type Solution, type Solver, type SolveReport } from '../solver';
import { type Step } from './step';

/** A report of an implicit step, and its block. */
export interface BlockSolve extends SolveReport {
  readonly block: string;
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
  /** What v is to be taken back by: argmin_u E(v − u) + 1/(2τ)·‖u‖²; frozen: see `implicit`. */
  readonly proximal: (
    state: State,
    block: Block,
    tau: number,
    solver: Solver,
    frozen: boolean,
  ) => Solution<Tree.Tree>;
  /** The links whose terms of E a variable is in. */
  readonly linksWith: (block: SingleBlock) => readonly number[];
  /** All activations at their links' outputs. */
  readonly forward: (state: State) => State;
  /** λ_l + ρ_l·(x[l] − f_l). */
  readonly multiplier: (state: State, link: number) => Tensor;
  /** What the energy's norm multiplies sums over the batch by. */
  readonly measure: (state: State) => number;
  /** E. */
  readonly energy: (state: State) => number;
  /** c·t for a tree; for c = 1 the tree itself. */
  readonly scale: (tree: Tree.Tree, by: number) => Tree.Tree;
  /** Told, after a step, which links what follows still looks at: the rest of what it keeps it may free, also in the state. */
  readonly forget?: (state: State, links: ReadonlySet<number>) => void;
}

/** c·t for a tree; for c = 1 the tree itself. */
export const scaled = <T extends Tree.Tree>(tree: T, by: number): T =>
  by === 1 ? tree : Tree.map((leaf) => mul(leaf, by))(tree);

/** The displacement that a solver gives, as what the variable is taken back by. */
export const negated = ({ value, report }: Solution<Tree.Tree>): Solution<Tree.Tree> => ({
  value: Tree.map(neg)(value),
  report,
});

export interface Outcome {
  readonly state: State;
  readonly solves: readonly BlockSolve[];
}

/** The variables that these steps move explicitly. */
const explicitBlocks = (steps: readonly Step[]): readonly SingleBlock[] =>
  steps.flatMap((s) => (s.tag === 'explicit' ? variablesOf(s.block) : []));

const hasTensors = (state: State, block: Block): boolean =>
  variablesOf(block).some((b) => Tree.leaves(blockAt(state, b).anchor).length > 0);

const withMultiplier = (state: State, link: number, value: Tensor): State => ({
  ...state,
  multipliers: state.activations.slice(1).map((_, i) => (i === link - 1 ? value : state.multipliers[i])),
});

/** A block as failures name it: its link, and which of the link's variables it is. */
const placeOfBlock = (links: readonly Link[], block: Block): string => {
  const names = variablesOf(block).map(({ link }) => placeOfLink(link, links[link - 1]?.name ?? 'none'));
  return `${names.join(' and ')}, ${showBlock(block)}`;
};

/** Merge what several steps did to one state; a block that two of them changed is an error. */
const merge = (before: State, after: readonly State[]): State => {
  const only = <A>(what: string, old: A, now: readonly A[]): A => {
    const changed = now.filter((v) => v !== old);
    if (changed.length > 1)
      fail('schedule', 'jointly', 'steps on different blocks', `${changed.length} steps on ${what}`);
    return changed[0] ?? old;
  };
  const moved = blocksOf(before).reduce((merged, block) => {
    const old = blockAt(before, block);
    const now = only(
      showBlock(block),
      old,
      after.map((s) => blockAt(s, block)),
    );
    return now === old ? merged : withBlock(merged, block, now);
  }, before);
  return {
    ...moved,
    multipliers: moved.activations.slice(1).map((_, i) =>
      only(
        `λ_${i + 1}`,
        before.multipliers[i],
        after.map((s) => s.multipliers[i]),
      ),
    ),
    strength: only(
      'the couplings',
      before.strength,
      after.map((s) => s.strength),
    ),
  };
};

/** The links that a step looks at; `undefined` for all. */
const linksOf = (
  step: Step,
  linksWith: (block: SingleBlock) => readonly number[],
): readonly number[] | undefined => {
  switch (step.tag) {
    case 'explicit':
    case 'implicit':
      return variablesOf(step.block).flatMap(linksWith);
    case 'strengthen':
      return [];
    case 'andThen':
    case 'jointly':
      return step.steps.reduce<readonly number[] | undefined>((all, s) => {
        const own = linksOf(s, linksWith);
        return all === undefined || own === undefined ? undefined : [...all, ...own];
      }, []);
    case 'repeat':
      return linksOf(step.step, linksWith);
    case 'forward':
    case 'multiplier':
    case 'until':
      return undefined;
    default:
      return step satisfies never;
  }
};

/**
 * Run a step from a state with an evaluator. Pure: the state given is not changed. `later` are the links that are looked at
 * afterwards; without it, any may be.
 */
export const interpret =
  (evaluator: Evaluator) =>
  (step: Step, state: State, siblings: readonly Step[] = [], later?: readonly number[]): Outcome => {
    const run = (s: Step, from: State, beside: readonly Step[] = [], next?: readonly number[]): Outcome =>
      interpret(evaluator)(s, from, beside, next);
    // Activations are in the energy's norm: sums over the batch of it are sums of numbers times its measure.
    const inNorm = (block: Block, size: number): number =>
      ofActivations(block) ? size / evaluator.measure(state) : size;
    const at = <A>(block: Block, f: () => A): A => inside(placeOfBlock(evaluator.links, block), f);
    switch (step.tag) {
      case 'explicit': {
        const { block, stepSize, frozen } = step;
        positive(`step size of ${showBlock(block)}`, stepSize);
        const variables = variablesOf(block).filter((b) => hasTensors(state, b));
        const wanted = [...variables, ...explicitBlocks(siblings)];
        const by = inNorm(block, stepSize);
        return {
          state: variables
            .map(
              (b) =>
                [b, at(b, () => evaluator.scale(evaluator.gradient(state, b, frozen, wanted), by))] as const,
            )
            .reduce((moved, [b, back]) => withBlockLess(moved, b, back), state),
          solves: [],
        };
      }
      case 'implicit': {
        const block = showBlock(step.block);
        if (step.frozen && ofActivations(step.block))
          fail('schedule', `frozen step on ${block}`, 'a block of parameters', 'one of activations');
        if (!hasTensors(state, step.block)) return { state, solves: [] };
        const tau = inNorm(step.block, positive(`τ of ${block}`, step.tau, 'or infinite'));
        const { value, report } = at(step.block, () =>
          evaluator.proximal(state, step.block, tau, step.solver, step.frozen),
        );
        return { state: withBlockLess(state, step.block, value), solves: [{ block, ...report }] };
      }
      case 'forward':
        return { state: evaluator.forward(state), solves: [] };
      case 'multiplier':
        return {
          state: withMultiplier(state, step.link, evaluator.multiplier(state, step.link)),
          solves: [],
        };
      case 'strengthen':
        atLeast('growth of couplings', step.factor, 1);
        return { state: { ...state, strength: state.strength * step.factor }, solves: [] };
      case 'andThen':
        return step.steps.reduce<Outcome>(
          (outcome, next, i) => {
            const rest = linksOf({ tag: 'andThen', steps: step.steps.slice(i + 1) }, evaluator.linksWith);
            const still = rest === undefined || later === undefined ? undefined : [...rest, ...later];
            const { state: after, solves } = run(next, outcome.state, [], still);
            if (still !== undefined) evaluator.forget?.(after, new Set(still));
            return { state: after, solves: [...outcome.solves, ...solves] };
          },
          { state, solves: [] },
        );
      case 'jointly': {
        const outcomes = step.steps.map((s) => run(s, state, step.steps));
        return {
          state: merge(
            state,
            outcomes.map((o) => o.state),
          ),
          solves: outcomes.flatMap((o) => o.solves),
        };
      }
      case 'repeat': {
        whole('repeat.times', step.times, 0);
        let outcome: Outcome = { state, solves: [] };
        for (let i = 0; i < step.times; i++) {
          const { state: after, solves } = run(step.step, outcome.state);
          outcome = { state: after, solves: [...outcome.solves, ...solves] };
        }
        return outcome;
      }
      case 'until': {
        whole('until.most', step.most, 0);
        let outcome: Outcome = { state, solves: [] };
        let before = evaluator.energy(state);
        for (let turn = 1; turn <= step.most; turn++) {
          const { state: after, solves } = run(step.step, outcome.state);
          outcome = { state: after, solves: [...outcome.solves, ...solves] };
          const energy = evaluator.energy(after);
          const progress = { turn, energy, before };
          if (explaining('until.done', () => step.done(progress), 'schedule')) break;
          before = energy;
        }
        return outcome;
      }
      default:
        return step satisfies never;
    }
  };
