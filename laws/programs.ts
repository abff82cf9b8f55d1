/**
 * Law 31, of programs. A random step of all nine tags, from a state with everything displaced,
 * leaves the same state, multipliers and strength by both interpreters. So does the program that
 * they make of a batch.
 */
import * as fc from 'fast-check';
import {
  advance,
  andThen,
  type Block,
  type Energy,
  energyOf,
  exact,
  explicit,
  forward,
  implicit,
  jointly,
  multiplier,
  repeat,
  type State,
  type Step,
  strengthen,
  theta,
  toHost,
  together,
  Tree,
  until,
  x,
} from '../src';
import {
  linkAt,
  ofActivations,
  runDirection,
  reanchored,
  valueOf,
  variablesOf,
  showBlock,
} from '../src/internal';
import {
  buildChain,
  type BuiltNet,
  type ChainCase,
  logUniform,
  byLoss,
  nets,
  unitInterval,
} from './arbitrary';
import { type Advance } from './blocks';
import { length, plus, values } from './compare';
import { type AnywhereCase, anywhereCases, displaced, energyCases, optionsOf } from './formula';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { plainRunner, type SweepRunner } from './sweep';

/** A leaf as data: a block is named by fractions, which any number of links can resolve. */
interface LeafCase {
  readonly tag: 'explicit' | 'implicit' | 'forward' | 'multiplier' | 'strengthen';
  readonly block: 'θ' | 'x' | 'several θ' | 'several x';
  readonly where: number;
  readonly size: number;
  readonly frozen: boolean;
}

/**
 * `interrupted`: a frozen step on θ_l and on what link l reads, before and after its multiplier
 * moves: the evaluation stays the same, the force does not. `halfway`: of two variables that one
 * link reads one moves, then the other, and then the other frozen: the last evaluation is at
 * neither the anchors nor the values of both.
 */
interface InterruptedCase {
  readonly tag: 'interrupted' | 'halfway';
  readonly where: number;
  readonly size: number;
}

/** An explicit step on a variable that several links read: each of them has its say. */
interface ForkedCase {
  readonly tag: 'forked';
  readonly where: number;
  readonly size: number;
  readonly frozen: boolean;
}

/** A program of steps, as data. */
export type ProgramCase =
  | LeafCase
  | InterruptedCase
  | ForkedCase
  | { readonly tag: 'andThen' | 'jointly'; readonly steps: readonly ProgramCase[] }
  | {
      readonly tag: 'repeat' | 'until';
      readonly times: number;
      readonly fall: number;
      readonly step: ProgramCase;
    };

const leafCases: fc.Arbitrary<LeafCase> = fc.record({
  // Blocks are what programs are about: the other leaves are drawn less often.
  tag: fc.constantFrom(
    'explicit',
    'explicit',
    'explicit',
    'implicit',
    'implicit',
    'forward',
    'multiplier',
    'strengthen',
  ),
  block: fc.constantFrom('θ', 'x', 'θ', 'x', 'several θ', 'several x'),
  where: unitInterval,
  size: logUniform(0.01, 0.3),
  frozen: fc.boolean(),
});

const interruptedCases: fc.Arbitrary<InterruptedCase> = fc.record({
  tag: fc.constantFrom('interrupted', 'halfway'),
  where: unitInterval,
  size: logUniform(0.01, 0.3),
});

const forkedCases: fc.Arbitrary<ForkedCase> = fc.record({
  tag: fc.constant('forked'),
  where: unitInterval,
  size: logUniform(0.01, 0.3),
  frozen: fc.boolean(),
});

/** Draws programs of all kinds of steps, nested up to three deep. */
export const programs: fc.Arbitrary<ProgramCase> = fc.letrec<{ program: ProgramCase; leaf: LeafCase }>(
  (tie) => ({
    leaf: leafCases,
    program: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { arbitrary: tie('leaf'), weight: 2 },
      { arbitrary: interruptedCases, weight: 1 },
      {
        arbitrary: fc.record({
          tag: fc.constantFrom('andThen', 'jointly'),
          steps: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
        }),
        weight: 4,
      },
      {
        arbitrary: fc.record({
          tag: fc.constantFrom('repeat', 'until'),
          times: fc.integer({ min: 0, max: 3 }),
          fall: fc.double({ min: 0.5, max: 1, noNaN: true }),
          step: tie('program'),
        }),
        weight: 2,
      },
    ),
  }),
).program;

const blockOf = ({ block, where }: LeafCase, links: number): Block | undefined => {
  const hidden = links - 1;
  const pick = (n: number): number => 1 + Math.floor(where * n);
  const from = (n: number): number[] => Array.from({ length: n - pick(n) + 1 }, (_, i) => pick(n) + i);
  if (block === 'θ') return theta(pick(links));
  if (block === 'several θ') return together(...from(links).map(theta));
  if (hidden === 0) return undefined;
  return block === 'x' ? x(pick(hidden)) : together(...from(hidden).map(x));
};

/** What a step changes; two steps that change the same cannot stand in `jointly`. */
const changes = (step: Step, energy: Energy): readonly string[] => {
  switch (step.tag) {
    case 'explicit':
    case 'implicit':
      return variablesOf(step.block).map(showBlock);
    case 'forward':
      return energy.links.slice(0, -1).map(({ number }) => showBlock(x(number)));
    case 'factors':
      return ['factors'];
    case 'multiplier':
      return [`λ_${step.link}`];
    case 'strengthen':
      return ['strength'];
    case 'andThen':
    case 'jointly':
      return step.steps.flatMap((s) => changes(s, energy));
    case 'repeat':
    case 'until':
      return changes(step.step, energy);
    case 'trusted':
      return [...changes(step.of(step.metric), energy), ...changes(forward, energy)];
    default:
      return step satisfies never;
  }
};

/** A link with a multiplier, if there is one. */
const tiedAt = (where: number, { multipliers }: Energy): number | undefined => {
  const tied = multipliers.flatMap((term, i) => (term === undefined ? [] : [i + 1]));
  return tied[Math.floor(where * tied.length)];
};

const halfwayOf = ({ where, size }: InterruptedCase, energy: Energy): Step => {
  const pairs = energy.links.flatMap(({ reads }) => {
    const [a, b] = reads.filter((read) => read > 0);
    return a === undefined || b === undefined ? [] : [[a, b] as const];
  });
  const [a, b] = pairs[Math.floor(where * pairs.length)] ?? [];
  if (a === undefined || b === undefined) return strengthen(1 + size);
  // The parameters see it, and with them the direction.
  const all = energy.links.map(({ number }) => explicit(theta(number), size));
  return andThen(explicit(x(a), size), explicit(x(b), size), explicit(x(b), size, { frozen: true }), ...all);
};

const forkedOf = ({ where, size, frozen }: ForkedCase, energy: Energy): Step => {
  const forks = energy.links.filter(({ readers }) => readers.length > 1);
  const fork = forks[Math.floor(where * forks.length)];
  return fork === undefined ? strengthen(1 + size) : explicit(x(fork.number), size, { frozen });
};

const interruptedOf = ({ where, size }: InterruptedCase, energy: Energy): Step => {
  const link = tiedAt(where, energy);
  if (link === undefined) return strengthen(1 + size);
  const moved = linkAt(energy, link).reads.filter((read) => read > 0);
  const steps = andThen(
    explicit(theta(linkAt(energy, link).owner), size, { frozen: true }),
    ...moved.map((read) => explicit(x(read), size, { frozen: true })),
  );
  return andThen(steps, multiplier(link), steps);
};

const leafOf = (c: LeafCase, energy: Energy): Step => {
  const block = blockOf(c, energy.links.length);
  const link = tiedAt(c.where, energy);
  switch (c.tag) {
    case 'forward':
      return forward;
    case 'strengthen':
      return strengthen(1 + c.size);
    case 'multiplier':
      return link === undefined ? strengthen(1 + c.size) : multiplier(link);
    case 'explicit':
    case 'implicit':
      return block === undefined
        ? forward
        : c.tag === 'explicit'
          ? explicit(block, c.size, { frozen: c.frozen })
          : implicit(block, c.size, exact(), { frozen: c.frozen && !ofActivations(block) });
  }
};

/**
 * Makes the step of a random program on an energy. In `jointly` it leaves out steps that would
 * change something twice. It throws as the functions that make steps do.
 *
 * @param c the program, as data
 * @param energy the energy
 *
 * @example programOf({ tag: 'andThen', steps: [] }, energyOf(net, loss)).tag // 'andThen'
 */
export const programOf = (c: ProgramCase, energy: Energy): Step => {
  switch (c.tag) {
    case 'andThen':
      return andThen(...c.steps.map((s) => programOf(s, energy)));
    case 'jointly': {
      const taken = new Set<string>();
      const apart = c.steps
        .map((s) => programOf(s, energy))
        .filter((step) => {
          const own = changes(step, energy);
          if (own.some((what) => taken.has(what))) return false;
          own.forEach((what) => taken.add(what));
          return true;
        });
      return jointly(...apart);
    }
    case 'repeat':
      return repeat(c.times, programOf(c.step, energy));
    case 'until':
      return until(
        ({ turn, energy: now, before }) => turn === c.times || now < c.fall * before,
        c.times,
        programOf(c.step, energy),
      );
    case 'interrupted':
      return interruptedOf(c, energy);
    case 'halfway':
      return halfwayOf(c, energy);
    case 'forked':
      return forkedOf(c, energy);
    case 'explicit':
    case 'implicit':
    case 'forward':
    case 'multiplier':
    case 'strengthen':
      return leafOf(c, energy);
    default:
      return c satisfies never;
  }
};

/** A random program of steps, on a random energy and state. */
export interface ProgramAnywhere extends AnywhereCase {
  readonly program: ProgramCase;
}

/**
 * Draws programs on networks that branch, some with shared parameters. Each begins at a variable
 * that several links read, if there is one: by chance alone few would come to it.
 */
export const netProgramCases: fc.Arbitrary<ProgramAnywhere> = fc
  .tuple(fc.record({ chain: nets(), energy: energyCases }), forkedCases, programs)
  .map(([c, forked, program]) => ({ ...c, program: { tag: 'andThen', steps: [forked, program] } }));

/** Draws programs, each with an energy and a state to run it on. */
export const programCases: fc.Arbitrary<ProgramAnywhere> = fc
  .tuple(anywhereCases, programs)
  .map(([c, program]) => ({ ...c, program }));

/** Everything in a state that is a number, by name. */
const numbersOf = (state: State): readonly (readonly [string, Float64Array])[] => [
  ...state.parameters.map((v, i) => [`θ_${i + 1}`, values(valueOf(v))] as const),
  ...state.activations.map((v, i) => [`x[${i}]`, values(valueOf(v))] as const),
  ...state.multipliers.map(
    (m, i) => [`λ_${i + 1}`, m === undefined ? new Float64Array(0) : toHost(m)] as const,
  ),
  ['strength', Float64Array.of(state.strength)],
];

/** Where a program diverges it multiplies rounding too: nothing is said of numbers beyond. */
const DIVERGED = 1e4;

/**
 * The verdict of a comparison: ‖a − b‖ ≤ tolerance·(1 + ‖b‖). Numbers that have grown beyond 1e4
 * agree with any: a program that diverges multiplies rounding too.
 *
 * @param what the numbers, in words
 * @param a the numbers that are judged
 * @param b the numbers that they should be
 * @param tolerance the tolerance
 *
 * @example nearUnlessDiverged('θ', Float64Array.of(1), Float64Array.of(1), 1e-4) // true
 */
export const nearUnlessDiverged = (
  what: string,
  a: Float64Array,
  b: Float64Array,
  tolerance: number,
): Verdict =>
  a.length === b.length
    ? length(b) > DIVERGED ||
      atMost(`the distance of ${what}`, length(plus(a, b, -1)), tolerance * (1 + length(b)))
    : `${what} has ${a.length} numbers, not ${b.length}`;

/**
 * Law 31: both interpreters leave the same state, multipliers and strength after any program of
 * steps, and give the same direction and J. Tolerance: two exact solves of one system agree to 1e-6
 * of a gradient, which the following steps may multiply; in float64, explicit steps agree to 1e-12.
 *
 * @param options `first` and `second`, which run a step from a state; `runners`, which run one on a
 *   batch; `build`, the network of a case; `arbitrary`, the programs; `step`, the step of a case;
 *   `tolerance`, default 1e-4
 *
 * @example check(programsAgree(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const programsAgree = ({
  first = (energy, step, state, target) => advance(energy, step, state, target, 'plain'),
  second = advance,
  runners = [plainRunner, runDirection],
  build = buildChain,
  arbitrary = programCases,
  step = programOf,
  tolerance = 1e-4,
}: {
  readonly first?: Advance;
  readonly second?: Advance;
  readonly runners?: readonly [SweepRunner, SweepRunner];
  readonly build?: (chain: ChainCase) => BuiltNet;
  readonly arbitrary?: fc.Arbitrary<ProgramAnywhere>;
  readonly step?: typeof programOf;
  readonly tolerance?: number;
} = {}): Law<ProgramAnywhere> => ({
  number: numberOf('programs'),
  name: 'programs: both interpreters leave the same state, multipliers and strength',
  strata: byLoss((c) => c.chain),
  arbitrary,
  holds: (c) => {
    const { energy, state: away, example, net, loss, parameters } = displaced(c, build);
    // Half of them from variables that were moved, half from the same values as they would be after a settled step.
    const state = c.chain.seed % 2 === 0 ? away : reanchored(away);
    const program = step(c.program, energy);
    const [a, b] = [first, second].map((run) => numbersOf(run(energy, program, state, example.target).state));
    if (a === undefined || b === undefined || a.length !== b.length) return 'states of one size';
    const fresh = energyOf(net, loss, optionsOf(c.energy));
    const [p, q] = runners.map((run) => run(fresh, program, parameters, example));
    if (p === undefined || q === undefined) return 'two directions';
    return all(
      ...a.map(([what, numbers], i) =>
        nearUnlessDiverged(what, b[i]?.[1] ?? new Float64Array(0), numbers, tolerance),
      ),
      nearUnlessDiverged('J', toHost(q.loss), toHost(p.loss), tolerance),
      ...Tree.leaves(p.direction).map((leaf, i) => {
        const other = Tree.leaves(q.direction)[i];
        return other === undefined
          ? 'a tensor less'
          : nearUnlessDiverged(`direction ${i}`, toHost(other), toHost(leaf), tolerance);
      }),
    );
  },
});
