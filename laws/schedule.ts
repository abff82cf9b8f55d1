/** Law 14: the algebra of steps. */
import * as fc from 'fast-check';
import {
  andThen,
  energyOf,
  explicit,
  forward,
  implicit,
  jointly,
  nothing,
  repeat,
  runStep,
  exact,
  type Block,
  type State,
  type Step,
  theta,
  x,
} from '../src';
import { blockAt, blocksOf, valueOf } from '../src/internal';
import { buildChain, type ChainCase, chains, logUniform, byLoss, unitInterval } from './arbitrary';
import { relativeDistance, values } from './compare';
import { all, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** The functions under law that join steps. */
export interface Words {
  /** Joins steps one after another. */
  readonly andThen: (...steps: readonly Step[]) => Step;
  readonly nothing: Step;
  /** Joins steps at the same state. */
  readonly jointly: (...steps: readonly Step[]) => Step;
}

/** The functions of the library that join steps. */
export const words: Words = { andThen, nothing, jointly };

/**
 * A step as data of a case: blocks are named by fractions, which any number of links can resolve.
 */
interface StepCase {
  readonly kind: 'explicit' | 'implicit' | 'forward' | 'repeat';
  readonly activation: boolean;
  readonly where: number;
  readonly size: number;
}

const stepCases: fc.Arbitrary<StepCase> = fc.record({
  kind: fc.constantFrom('explicit', 'implicit', 'forward', 'repeat'),
  activation: fc.boolean(),
  where: unitInterval,
  size: logUniform(0.01, 1),
});

/** A random chain, and steps on it to be joined. */
export interface ScheduleCase {
  readonly chain: ChainCase;
  readonly steps: readonly StepCase[];
}

const scheduleCases: fc.Arbitrary<ScheduleCase> = fc.record({
  chain: chains({ depth: [2, 3] }),
  steps: fc.array(stepCases, { minLength: 3, maxLength: 3 }),
});

const blockOf = ({ activation, where }: StepCase, links: number): Block =>
  activation ? x(1 + Math.floor(where * (links - 1))) : theta(1 + Math.floor(where * links));

const stepOf = (c: StepCase, links: number): Step => {
  const block = blockOf(c, links);
  switch (c.kind) {
    case 'explicit':
      return explicit(block, c.size);
    // Implicit steps where the energy is quadratic: dense links below the last, which are the odd ones.
    case 'implicit':
      return block.kind === 'parameters' && block.link < links && block.link % 2 === 1
        ? implicit(block, c.size, exact())
        : explicit(block, c.size);
    case 'forward':
      return forward;
    case 'repeat':
      return repeat(2, explicit(block, c.size));
  }
};

/** Values of all blocks of a state, the same numbers for the same state. */
const snapshot = (state: State): Float64Array =>
  values(blocksOf(state).map((block) => valueOf(blockAt(state, block))));

/**
 * Law 14: `andThen` is associative with identity `nothing`, and `jointly` of disjoint blocks is
 * commutative and without order effects. States are compared exactly, as the same arithmetic is
 * done.
 *
 * @param w the functions that join steps. Default: `words`
 *
 * @example check(stepAlgebra(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const stepAlgebra = (w: Words = words): Law<ScheduleCase> => ({
  number: numberOf('schedules'),
  name: 'andThen is a monoid, jointly commutative',
  strata: byLoss((c) => c.chain),
  arbitrary: scheduleCases,
  holds: ({ chain, steps }) => {
    const { net, parameters, example, loss } = buildChain(chain);
    const energy = energyOf(net, loss);
    const end = (step: Step): Float64Array =>
      runStep(energy, step, parameters, example, 'fast', ({ state }) => snapshot(state));
    const n = energy.links.length;
    const [a, b, c] = steps.map((s) => stepOf(s, n));
    if (a === undefined || b === undefined || c === undefined) return 'a case has three steps';
    const same = (what: string, s: Step, t: Step): Verdict => {
      const d = relativeDistance(end(s), end(t));
      return d === 0 ? true : `${what} differs by ${d}`;
    };
    // Two explicit steps on neighbouring blocks, from a state in which each feels the other: the last activation
    // has been moved by the loss, so that the penalty below it pulls on both.
    const [p, q] = [explicit(x(n - 2), 0.5), explicit(x(n - 1), 0.5)];
    const apart = w.andThen(a, explicit(x(n - 1), 0.5));
    return all(
      same('(a b) c and a (b c)', w.andThen(w.andThen(a, b), c), w.andThen(a, w.andThen(b, c))),
      same('a b c and its definition', w.andThen(a, b, c), andThen(a, b, c)),
      same('nothing a', w.andThen(w.nothing, a), a),
      same('a nothing', w.andThen(a, w.nothing), a),
      same('jointly a b and b a', w.andThen(apart, w.jointly(p, q)), w.andThen(apart, w.jointly(q, p))),
    );
  },
});
