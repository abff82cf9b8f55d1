/** Deliberately wrong interpreters: what laws 30 to 35 have to reject. */
import { neg } from '@tensorflow/tfjs-core';
import { advance, energyTerms, energyValue, type Method, predictiveCoding, until } from '../src';
import { runDirection } from '../src/internal';
import { type Advance } from './blocks';
import { type Valuation } from './formula';
import { type Derivatives } from './ownership';
import { rewritten, watched } from './progress';
import { type SweepRunner } from './sweep';

/** A mutant for law 30: its E lacks the term of link 1. */
export const withoutFirstLink: Valuation = {
  terms: energyTerms,
  value: (energy, state, target) =>
    energyValue({ ...energy, couplings: energy.couplings.map((c, i) => (i === 0 ? 0 : c)) }, state, target),
};

/** A mutant for laws 30 and 31: it ignores multipliers. */
export const withoutMultipliers: Valuation = {
  value: (energy, state, target) => energyValue(energy, { ...state, multipliers: [] }, target),
  terms: (energy, state, target) => energyTerms(energy, { ...state, multipliers: [] }, target),
};

/**
 * A mutant for law 31: an interpreter that does not know frozen steps.
 *
 * @example const law = programsAgree({ second: Mutants.thawing }); // rejects it
 */
export const thawing: Advance = (energy, step, ...rest) =>
  advance(energy, rewritten((s) => (s.tag === 'explicit' ? { ...s, frozen: false } : s))(step), ...rest);

/**
 * A mutant for law 31 on networks that branch: gradients by an activation come from the last of its
 * readers alone.
 *
 * @example
 * const onNets = { build: buildNet, arbitrary: netProgramCases };
 * const law = programsAgree({ ...onNets, second: Mutants.lastReader }); // rejects it
 */
export const lastReader: Advance = (energy, ...rest) =>
  advance(
    { ...energy, links: energy.links.map((link) => ({ ...link, readers: link.readers.slice(-1) })) },
    ...rest,
  );

/**
 * A mutant for law 31: its multipliers end with the other sign.
 *
 * @example const law = programsAgree({ second: Mutants.oppositeMultipliers }); // rejects it
 */
export const oppositeMultipliers: Advance = (...given) => {
  const outcome = advance(...given);
  const multipliers = outcome.state.multipliers.map((m) => (m === undefined ? undefined : neg(m)));
  return { ...outcome, state: { ...outcome.state, multipliers } };
};

/**
 * A mutant for law 31: its couplings do not grow.
 *
 * @example const law = programsAgree({ second: Mutants.neverStronger }); // rejects it
 */
export const neverStronger: Advance = (energy, step, ...rest) =>
  advance(energy, rewritten((s) => (s.tag === 'strengthen' ? { ...s, factor: 1 } : s))(step), ...rest);

/**
 * A mutant for law 32: its `before` stays at the first value.
 *
 * @example const law = progressIsEnergy(Mutants.staleBefore); // rejects it
 */
export const staleBefore: Advance = (energy, step, ...rest) => {
  let first: number | undefined;
  return advance(
    energy,
    watched(step, (p) => ({ ...p, before: (first ??= p.before) })),
    ...rest,
  );
};

/**
 * A mutant for law 32: it counts turns from 0.
 *
 * @example const law = progressIsEnergy(Mutants.turnsFromZero); // rejects it
 */
export const turnsFromZero: Advance = (energy, step, ...rest) =>
  advance(
    energy,
    watched(step, (p) => ({ ...p, turn: p.turn - 1 })),
    ...rest,
  );

/**
 * A mutant for law 33: its inference ends where E falls by less than an absolute amount.
 *
 * @param coupling the coupling for c = 1
 * @param c the factor of loss and couplings
 *
 * @example
 * const law = unitsOfEnergy('absolute', (rho, _, c) => Mutants.absoluteTolerance(rho, c));
 */
export const absoluteTolerance = (coupling: number, c: number): Method => {
  const method = predictiveCoding({ coupling: coupling * c, stepSize: 0.2 / (coupling * c) });
  return {
    ...method,
    schedule: (links) =>
      rewritten((s) =>
        s.tag === 'repeat'
          ? until(({ energy, before }) => before - energy < 1e-3, 30, s.step)
          : s.tag === 'explicit' && s.block.kind === 'parameters'
            ? { ...s, stepSize: 1 / c }
            : s,
      )(method.schedule(links)),
  };
};

/**
 * A mutant for law 34: its pull-back gives the same tensor each time that one is asked for.
 *
 * @param d the derivatives
 *
 * @example const law = ownResults(Mutants.sharedResults({ record, vjp, jvp, valueAndGradient }));
 */
export const sharedResults = (d: Derivatives): Derivatives => ({
  ...d,
  record: (f) => {
    const recording = d.record(f);
    return {
      ...recording,
      pullback: (cotangent, wrt) => {
        const once = [...new Set(wrt)];
        const results = recording.pullback(cotangent, once);
        return wrt.map((t) => results[once.indexOf(t)]);
      },
    };
  },
});

/**
 * A mutant for law 35: a run that keeps the whole state to the end.
 *
 * @example const law = memoryOfSweep(backprop(), Mutants.hoarding); // rejects it
 */
export const hoarding: SweepRunner = (energy, step, parameters, example) =>
  runDirection(energy, step, parameters, example, 'fast', true);
