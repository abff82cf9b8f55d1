/** Running a step: the structure that both interpreters share. They differ in how a block is moved. */
import { mul, neg, type Tensor } from '@tensorflow/tfjs-core';
import { atLeast, explaining, fail, inside, positive, Tree, whole } from '../core';
import {
  type Block,
  blockAt,
  type Link,
  type Memory,
  ofActivations,
  placeOfLink,
  showBlock,
  type State,
  type SingleBlock,
  theta,
  variablesOf,
  withBlockLess,
  x,
} from '../energy';
import { type GramMean, type Solution, type Solver, type SolveReport } from '../solver';
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
  readonly proximal: (state: State, block: Block, tau: number, solver: Solver, frozen: boolean) => Moved;
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
  readonly forget?: (state: State, looksAt: (link: number) => boolean) => void;
}

/** c·t for a tree; for c = 1 the tree itself. */
export const scaled = <T extends Tree.Tree>(tree: T, by: number): T =>
  by === 1 ? tree : Tree.map((leaf) => mul(leaf, by))(tree);

/** The displacement that a solver gives, as what the variable is taken back by. */
export const negated = ({ value, report }: Solution<Tree.Tree>): Solution<Tree.Tree> => ({
  value: Tree.map(neg)(value),
  report,
});

/** A solution, and what its step remembers. */
export interface Moved extends Solution<Tree.Tree> {
  readonly memory?: GramMean;
}

export interface Outcome {
  readonly state: State;
  readonly solves: readonly BlockSolve[];
}

/** The variables that these steps move explicitly. */
const explicitBlocks = (steps: readonly Step[]): readonly SingleBlock[] =>
  steps.flatMap((s) => (s.tag === 'explicit' ? variablesOf(s.block) : []));

/** Whether a step can move a block: not where it has no tensors, nor where all of them are buffers. */
const canMove = (links: readonly Link[], state: State, block: Block): boolean =>
  variablesOf(block).some(
    (b) =>
      !(b.kind === 'parameters' && links[b.link - 1]?.fixed === true) &&
      Tree.leaves(blockAt(state, b).anchor).length > 0,
  );

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
  const twice = (block: string, count: number): never =>
    fail('schedule', 'jointly', 'steps on different blocks', `${count} steps on ${block}`);
  /** What they made of a list of variables, each of which from one on one of them may have moved. */
  const each = <A>(
    block: (i: number) => string,
    of: (state: State) => readonly A[],
    from = 0,
  ): readonly A[] => {
    const old = of(before);
    const changed = after.map(of).filter((list) => list !== old);
    return changed.reduce<readonly A[]>(
      (merged, list) =>
        list.map((now, i) => {
          // The input is nobody's to move.
          if (now === old[i] || i < from) return merged[i] ?? now;
          if (merged[i] === old[i]) return now;
          return twice(block(i), changed.filter((other) => other[i] !== old[i]).length);
        }),
      old,
    );
  };
  const grown = after.filter(({ strength }) => strength !== before.strength);
  if (grown.length > 1) return twice('the couplings', grown.length);
  return {
    parameters: each(
      (i) => showBlock(theta(i + 1)),
      (s) => s.parameters,
    ),
    activations: each(
      (i) => showBlock(x(i)),
      (s) => s.activations,
      1,
    ),
    multipliers: each(
      (i) => `λ_${i + 1}`,
      (s) => s.multipliers,
    ),
    strength: grown[0]?.strength ?? before.strength,
    // Each of those that differ belongs to one block, which one step moved.
    ...(before.memory === undefined && after.every(({ memory }) => memory === undefined)
      ? {}
      : {
          memory: after.reduce<Memory>(
            (merged, { memory = {} }) => ({
              ...merged,
              ...Object.fromEntries(
                Object.entries(memory).filter(([link, mean]) => before.memory?.[link] !== mean),
              ),
            }),
            before.memory ?? {},
          ),
        }),
  };
};

/** Whether a link is looked at. */
type Looks = (link: number) => boolean;

/** Tells `see` each link that a step looks at; `false` where it may be any. */
const looksAt = (
  step: Step,
  linksWith: (block: SingleBlock) => readonly number[],
  see: (link: number) => void,
): boolean => {
  switch (step.tag) {
    case 'explicit':
    case 'implicit':
      for (const variable of variablesOf(step.block)) linksWith(variable).forEach(see);
      return true;
    case 'strengthen':
      return true;
    case 'andThen':
    case 'jointly':
      return step.steps.every((s) => looksAt(s, linksWith, see));
    case 'repeat':
      return looksAt(step.step, linksWith, see);
    case 'forward':
    case 'multiplier':
    case 'until':
      return false;
    default:
      return step satisfies never;
  }
};

/**
 * Of steps one after another: whether those behind the i-th look at a link, or what comes after them all, `later`; `undefined` where
 * they may look at any.
 */
const lookedAt = (
  steps: readonly Step[],
  linksWith: (block: SingleBlock) => readonly number[],
  later: Looks | undefined,
): ((i: number) => Looks | undefined) => {
  if (later === undefined) return () => undefined;
  const last = new Map<number, number>();
  let any = -1;
  steps.forEach((step, i) => {
    if (!looksAt(step, linksWith, (link) => last.set(link, i))) any = i;
  });
  return (i) => (any > i ? undefined : (link) => (last.get(link) ?? -1) > i || later(link));
};

/**
 * Run a step from a state with an evaluator. Pure: the state given is not changed. `later` tells which links are
 * looked at afterwards; without it, any may be.
 */
export const interpret =
  (evaluator: Evaluator) =>
  (step: Step, state: State, siblings: readonly Step[] = [], later?: Looks): Outcome => {
    const run = (s: Step, from: State, beside: readonly Step[] = [], next?: Looks): Outcome =>
      interpret(evaluator)(s, from, beside, next);
    // Activations are in the energy's norm: sums over the batch of it are sums of numbers times its measure.
    const inNorm = (block: Block, size: number): number =>
      ofActivations(block) ? size / evaluator.measure(state) : size;
    const at = <A>(block: Block, f: () => A): A => inside(placeOfBlock(evaluator.links, block), f);
    switch (step.tag) {
      case 'explicit': {
        const { block, stepSize, frozen } = step;
        positive(`step size of ${showBlock(block)}`, stepSize);
        const variables = variablesOf(block).filter((b) => canMove(evaluator.links, state, b));
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
        if (!canMove(evaluator.links, state, step.block)) return { state, solves: [] };
        const tau = inNorm(step.block, positive(`τ of ${block}`, step.tau, 'or infinite'));
        const { value, report, memory } = at(step.block, () =>
          evaluator.proximal(state, step.block, tau, step.solver, step.frozen),
        );
        const [first] = variablesOf(step.block);
        const moved = withBlockLess(state, step.block, value);
        return {
          state:
            memory === undefined || first === undefined
              ? moved
              : { ...moved, memory: { ...moved.memory, [`${first.link}`]: memory } },
          solves: [{ block, ...report }],
        };
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
      case 'andThen': {
        const stillAfter = lookedAt(step.steps, evaluator.linksWith, later);
        const all: BlockSolve[] = [];
        const end = step.steps.reduce((at, next, i) => {
          const still = stillAfter(i);
          const { state: after, solves } = run(next, at, [], still);
          if (still !== undefined) evaluator.forget?.(after, still);
          all.push(...solves);
          return after;
        }, state);
        return { state: end, solves: all };
      }
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
