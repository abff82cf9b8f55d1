/**
 * Laws 32 and 33: what `until` sees, and that it depends on no unit. At every turn `energy` and
 * `before` are E of the states after and before it. If the loss and all couplings are c times as
 * large, and step sizes 1/c, the turns are the same.
 */
import * as fc from 'fast-check';
import { mul } from '@tensorflow/tfjs-core';
import {
  advance,
  energyOf,
  forwardState,
  groupParameters,
  type Loss,
  type Method,
  type Progress,
  repeat,
  type State,
  type Step,
  Tree,
  until,
} from '../src';
import { blockAt, blocksOf, valueOf } from '../src/internal';
import { buildChain, type ChainCase, chains, logUniform, byLoss } from './arbitrary';
import { type Advance } from './blocks';
import { length, plus, values } from './compare';
import { buildAnywhere, termsByFormula } from './formula';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { type ProgramAnywhere, programCases, programOf } from './programs';

/** A program under `until`, the turn that it ends with, and the most turns that it may take. */
export interface ProgressCase extends ProgramAnywhere {
  /** The turn with which `until` ends. */
  readonly ends: number;
  /** The most turns that the step may take. */
  readonly most: number;
}

/**
 * Law 32: turns of `until` count from 1 up to the one at which `done` holds, or `most`. At turn t,
 * `energy` is E of the state that `repeat(t)` leaves, and `before` that of `repeat(t − 1)`, by the
 * formula; the state at the end is the last of these. Tolerance: float32 rounding of E.
 *
 * @param run what runs a step from a state. Default: `advance`
 * @param build makes the chain of a case. Default: `buildChain`
 * @param step makes the step of a case. Default: `programOf`
 *
 * @example check(progressIsEnergy(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const progressIsEnergy = (
  run: Advance = advance,
  build = buildChain,
  step = programOf,
): Law<ProgressCase> => ({
  number: numberOf('progress'),
  name: 'progress: energy and before are E of the states, at every turn of `until`',
  strata: byLoss((c) => c.chain),
  arbitrary: fc
    .tuple(programCases, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([c, ends, most]) => ({ ...c, ends, most })),
  holds: (c): Verdict => {
    const at = buildAnywhere(c, build);
    const { energy, state, example } = at;
    const turn = step(c.program, energy);
    const seen: Progress[] = [];
    const loop = until((p) => (seen.push(p), p.turn === c.ends), c.most, turn);
    const { state: after, solves } = run(energy, loop, state, example.target);
    const turns = Math.min(c.ends, c.most);
    const states = Array.from({ length: turns + 1 }, (_, t) =>
      run(energy, repeat(t, turn), state, example.target),
    );
    const energies = states.map(({ state: s }) => termsByFormula(at, c.energy, s).map(({ term }) => term));
    const last = states.at(-1);
    if (last === undefined) return 'no state';
    if (seen.map((p) => p.turn).join() !== Array.from({ length: turns }, (_, t) => t + 1).join())
      return `turns ${seen.map((p) => p.turn).join()}, where ${turns} were to be`;
    if (solves.length !== last.solves.length)
      return `${solves.length} reports of solves, not ${last.solves.length}`;
    const near = (what: string, found: number, t: number): Verdict => {
      const terms = energies[t] ?? [];
      const size = terms.reduce((total, e) => total + Math.abs(e), 1e-2);
      // Where a program diverges its rounding does too.
      return size > 1e6 || atMost(what, Math.abs(found - terms.reduce((a, b) => a + b, 0)), 1e-5 * size);
    };
    const blocks = (s: State): Float64Array => values(blocksOf(s).map((b) => valueOf(blockAt(s, b))));
    const [end, expected] = [blocks(after), blocks(last.state)];
    return all(
      ...seen.flatMap(({ energy: now, before }, i) => [
        near(`the error of energy at turn ${i + 1}`, now, i + 1),
        near(`the error of before at turn ${i + 1}`, before, i),
      ]),
      length(expected) > 1e4 ||
        atMost(
          'the distance of the state from that of `repeat`',
          length(plus(end, expected, -1)),
          1e-5 * (1 + length(expected)),
        ),
    );
  },
});

/**
 * Multiplies a loss by a number, as another loss.
 *
 * @param loss the loss
 * @param c the number
 *
 * @example scaledLoss(squaredError, 2).quadraticWeight?.(4) // 0.5
 */
export const scaledLoss = (loss: Loss, c: number): Loss => {
  const { quadraticWeight } = loss;
  return {
    name: loss.name,
    classifies: loss.classifies,
    value: (output, target) => mul(loss.value(output, target), c),
    ...(quadraticWeight === undefined ? {} : { quadraticWeight: (count) => c * quadraticWeight(count) }),
  };
};

/**
 * Replaces every step inside of a step, itself the last, by what a function makes of it.
 *
 * @param f a function of a step
 *
 * @example rewritten((s) => s)(explicit(theta(1), 0.1)).tag // 'explicit'
 */
export const rewritten =
  (f: (step: Step) => Step) =>
  (step: Step): Step => {
    switch (step.tag) {
      case 'andThen':
      case 'jointly':
        return f({ ...step, steps: step.steps.map(rewritten(f)) });
      case 'repeat':
      case 'until':
        return f({ ...step, step: rewritten(f)(step.step) });
      case 'trusted':
        return f({ ...step, of: (metric) => rewritten(f)(step.of(metric)) });
      case 'explicit':
      case 'implicit':
      case 'forward':
      case 'factors':
      case 'multiplier':
      case 'strengthen':
        return f(step);
      default:
        return step satisfies never;
    }
  };

/**
 * Makes a step whose every `until` shows its progress to a function.
 *
 * @param step the step
 * @param look a function of the progress; `until` goes on by what it gives back
 *
 * @example watched(until(() => true, 3, explicit(theta(1), 0.1)), (progress) => progress).tag // 'until'
 */
export const watched = (step: Step, look: (progress: Progress) => Progress): Step =>
  rewritten((s) => (s.tag === 'until' ? { ...s, done: (p) => s.done(look(p)) } : s))(step);

/** A random chain, and a factor c = 2^power for its loss and couplings. */
export interface UnitsCase {
  readonly chain: ChainCase;
  readonly coupling: number;
  readonly tauTheta: number;
  /** The power of c = 2^power: such a factor changes no digit. */
  readonly power: number;
}

/**
 * A method, as a function of a coupling, a τ_θ and c: its couplings are to be c times, and its step
 * sizes 1/c of, those for c = 1.
 */
export type MethodInUnits = (coupling: number, tauTheta: number, c: number) => Method;

/**
 * Law 33: if the loss and the couplings are multiplied by c, and step sizes and τ divided by c, the
 * turns of every `until` and the states stay. c is a power of two, which no rounding sees; so a
 * difference comes from a comparison with a number that has a unit. The law takes two sweeps from
 * the forward state. Tolerance: iterations of float32 that are not scaled themselves.
 *
 * @param name the method, in the name of the law
 * @param method the method, of a coupling, a τ_θ and c
 * @param run what runs a step from a state. Default: `advance`
 * @param build makes the chain of a case. Default: `buildChain`
 *
 * @example
 * const scaled: MethodInUnits = (coupling, tauTheta, c) =>
 *   blockCoordinateDescent({ coupling: coupling * c, tauTheta: tauTheta / c });
 * check(unitsOfEnergy('mine', scaled), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const unitsOfEnergy = (
  name: string,
  method: MethodInUnits,
  run: Advance = advance,
  build = buildChain,
): Law<UnitsCase> => ({
  number: numberOf('units'),
  name: `${name}: loss and couplings times c leave the turns and the states`,
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chains({ depth: [2, 3] }),
    coupling: logUniform(0.3, 3),
    tauTheta: logUniform(0.1, 10),
    power: fc.integer({ min: -30, max: 30 }).filter((p) => p !== 0),
  }),
  holds: ({ chain, coupling, tauTheta, power }): Verdict => {
    const built = build(chain);
    const end = (c: number) => {
      const { energy: options, schedule } = method(coupling, tauTheta, c);
      const energy = energyOf(built.net, scaledLoss(built.loss, c), options);
      const seen: number[] = [];
      const sweep = watched(schedule(energy.links), (p) => (seen.push(p.turn), p));
      const first = forwardState(energy, groupParameters(energy, built.parameters), built.example.input);
      const second = run(energy, sweep, first, built.example.target).state;
      return { state: run(energy, sweep, second, built.example.target).state, seen };
    };
    const [one, other] = [end(1), end(2 ** power)];
    if (one.seen.join() !== other.seen.join())
      return `turns ${other.seen.join()} for c = 2^${power}, not ${one.seen.join()}`;
    return all(
      ...blocksOf(one.state).map((block): Verdict => {
        if (Tree.leaves(blockAt(one.state, block).anchor).length === 0) return true;
        const [a, b] = [one.state, other.state].map((s) => values(valueOf(blockAt(s, block))));
        if (a === undefined || b === undefined) return 'two values';
        return atMost(
          `the distance of ${block.kind} ${block.link}`,
          length(plus(b, a, -1)),
          1e-5 * (1 + length(a)),
        );
      }),
    );
  },
});
