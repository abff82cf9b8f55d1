/** Runs a step. Both interpreters share this structure; they differ in how they move a block. */
import { type Tensor } from '@tensorflow/tfjs-core';
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
  withDecrement,
  x,
} from '../energy';
import { checkFactorOptions } from '../solver';
import { type Evaluator, type Outcome } from './evaluator';
import { type Step } from './step';
import { runTrusted } from './trusted';

/** The reports of several steps. */
const reports = (outcomes: readonly Outcome[]): Pick<Outcome, 'solves' | 'trust'> => {
  const trust = outcomes.flatMap((o) => o.trust ?? []);
  return { solves: outcomes.flatMap((o) => o.solves), ...(trust.length === 0 ? {} : { trust }) };
};

/** The variables that explicit steps among these move. */
const explicitBlocks = (steps: readonly Step[]): readonly SingleBlock[] =>
  steps.flatMap((s) => (s.tag === 'explicit' ? variablesOf(s.block) : []));

/** Whether a step can move a block: false if it has no tensors, or only buffers. */
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

/** A block as errors name it: its link, and which variable of the link it is. */
const placeOfBlock = (links: readonly Link[], block: Block): string => {
  const names = variablesOf(block).map(({ link }) => placeOfLink(link, links[link - 1]?.name ?? 'none'));
  return `${names.join(' and ')}, ${showBlock(block)}`;
};

/**
 * Merges the states that several steps made of one state. Throws a `Fault` if two of them changed
 * the same block.
 */
const merge = (before: State, after: readonly State[]): State => {
  const twice = (block: string, count: number): never =>
    fail('schedule', 'jointly', 'steps on different blocks', `${count} steps on ${block}`);
  /** Merges a list of variables, of which those from index `from` on may have moved. */
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
          // No step may move the input.
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
    // Each entry that differs belongs to one block, which one step moved.
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

/** Whether a link is used. */
type Looks = (link: number) => boolean;

/**
 * Whether a step is left out: one on activations that no later step looks at, where only parameters
 * are asked for. Below the first layer with parameters, backprop then pulls nothing back.
 */
const isIdle = ({ forget, linksWith }: Evaluator, step: Step, later: Looks | undefined): boolean =>
  forget !== undefined &&
  later !== undefined &&
  step.tag === 'explicit' &&
  ofActivations(step.block) &&
  !variablesOf(step.block).some((variable) => linksWith(variable).some(later));

/**
 * Calls `see` with each link that a step uses, if those of `later` are used after it. Returns false
 * if the step may use any link.
 */
const looksAt = (
  evaluator: Evaluator,
  state: State,
  step: Step,
  later: Looks | undefined,
  see: (link: number) => void,
): boolean => {
  switch (step.tag) {
    case 'explicit':
    case 'implicit':
      if (canMove(evaluator.links, state, step.block) && !isIdle(evaluator, step, later))
        for (const variable of variablesOf(step.block)) evaluator.linksWith(variable).forEach(see);
      return true;
    case 'strengthen':
      return true;
    case 'jointly':
      return step.steps.every((s) => looksAt(evaluator, state, s, later, see));
    case 'andThen':
      // What its own later steps use counts too.
      return step.steps.every((s) => looksAt(evaluator, state, s, undefined, see));
    case 'repeat':
      return looksAt(evaluator, state, step.step, undefined, see);
    case 'forward':
    case 'factors':
    case 'multiplier':
    case 'until':
    case 'trusted':
      return false;
    default:
      return step satisfies never;
  }
};

/**
 * For steps in sequence: whether a link is used by the steps after the i-th, or by what follows
 * them all (`later`). Returns `undefined` if any link may be used.
 */
const lookedAt = (
  evaluator: Evaluator,
  state: State,
  steps: readonly Step[],
  later: Looks | undefined,
): ((i: number) => Looks | undefined) => {
  if (later === undefined) return () => undefined;
  const last = new Map<number, number>();
  let any = -1;
  const after = (i: number): Looks | undefined =>
    any > i ? undefined : (link) => (last.get(link) ?? -1) > i || later(link);
  // From the end: a step that is left out uses nothing.
  for (const [i, step] of [...steps.entries()].reverse()) {
    const see = (link: number): void => {
      if (!last.has(link)) last.set(link, i);
    };
    if (!looksAt(evaluator, state, step, after(i), see)) any = Math.max(any, i);
  }
  return after;
};

/**
 * Runs a step from a state with an evaluator. Pure: the given state does not change. `later` says
 * which links are used afterwards; without it, any link may be.
 */
export const interpret =
  (evaluator: Evaluator) =>
  (step: Step, state: State, siblings: readonly Step[] = [], later?: Looks): Outcome => {
    const run = (s: Step, from: State, beside: readonly Step[] = [], next?: Looks): Outcome =>
      interpret(evaluator)(s, from, beside, next);
    // Activations are in the energy's norm: its sums over the batch are plain sums times its
    // measure.
    const inNorm = (block: Block, size: number): number =>
      ofActivations(block) ? size / evaluator.measure(state) : size;
    const at = <A>(block: Block, f: () => A): A => inside(placeOfBlock(evaluator.links, block), f);
    switch (step.tag) {
      case 'explicit': {
        const { block, stepSize, frozen, metric } = step;
        positive(`step size of ${showBlock(block)}`, stepSize);
        if (metric && ofActivations(block))
          fail('schedule', `metric of ${showBlock(block)}`, 'a block of parameters', 'one of activations');
        if (isIdle(evaluator, step, later)) return { state, solves: [] };
        const variables = variablesOf(block).filter((b) => canMove(evaluator.links, state, b));
        const wanted = [...variables, ...explicitBlocks(siblings)];
        const by = inNorm(block, stepSize);
        const slope = (b: SingleBlock): Tree.Tree => {
          const gradient = evaluator.gradient(state, b, frozen, wanted);
          return metric ? evaluator.inMetric(state, b, gradient) : gradient;
        };
        return {
          state: variables
            .map((b) => [b, at(b, () => evaluator.scale(slope(b), by))] as const)
            .reduce((moved, [b, decrement]) => withDecrement(moved, b, decrement), state),
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
        const moved = withDecrement(state, step.block, value);
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
      case 'factors': {
        checkFactorOptions(step);
        const { memory, solves } = evaluator.factors(state, step, step.key);
        return { state: { ...state, memory: { ...state.memory, ...memory } }, solves };
      }
      case 'multiplier':
        return {
          state: withMultiplier(state, step.link, evaluator.multiplier(state, step.link)),
          solves: [],
        };
      case 'strengthen':
        atLeast('growth of couplings', step.factor, 1);
        return { state: { ...state, strength: state.strength * step.factor }, solves: [] };
      case 'andThen': {
        const stillAfter = lookedAt(evaluator, state, step.steps, later);
        const all: Outcome[] = [];
        const end = step.steps.reduce((at, next, i) => {
          const still = stillAfter(i);
          const outcome = run(next, at, [], still);
          if (still !== undefined) evaluator.forget?.(outcome.state, still);
          all.push(outcome);
          return outcome.state;
        }, state);
        return { state: end, ...reports(all) };
      }
      case 'jointly': {
        const siblings = step.steps.filter((s) => !isIdle(evaluator, s, later));
        // A sequence beside others must not free what they still use: it is not told what comes later.
        const outcomes = step.steps.map((s) =>
          run(s, state, siblings, s.tag === 'explicit' ? later : undefined),
        );
        return {
          state: merge(
            state,
            outcomes.map((o) => o.state),
          ),
          ...reports(outcomes),
        };
      }
      case 'repeat': {
        whole('repeat.times', step.times, 0);
        let outcome: Outcome = { state, solves: [] };
        for (let i = 0; i < step.times; i++) {
          const next = run(step.step, outcome.state);
          outcome = { state: next.state, ...reports([outcome, next]) };
        }
        return outcome;
      }
      case 'trusted':
        return runTrusted(evaluator, step, state, run);
      case 'until': {
        whole('until.most', step.most, 0);
        let outcome: Outcome = { state, solves: [] };
        let before = evaluator.energy(state);
        for (let turn = 1; turn <= step.most; turn++) {
          const next = run(step.step, outcome.state);
          outcome = { state: next.state, ...reports([outcome, next]) };
          const energy = evaluator.energy(next.state);
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
