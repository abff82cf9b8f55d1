/** Deliberately wrong interpreters: what laws 30 to 35 have to reject. */
import { neg } from '@tensorflow/tfjs-core';
import { advance, energyTerms, energyValue, type Method, predictiveCoding, until } from '../src';
import { runDirection } from '../src/internal';
import { type Advance } from './blocks';
import { type Valuation } from './formula';
import { type Derivatives } from './ownership';
import { rewritten, watched } from './progress';
import { type Runner } from './sweep';

/** Law 30: E without the term of link 1. */
export const withoutFirstLink: Valuation = {
  terms: energyTerms,
  value: (energy, state, target) =>
    energyValue({ ...energy, couplings: energy.couplings.map((c, i) => (i === 0 ? 0 : c)) }, state, target),
};

/** Laws 30, 31: as if there were no multipliers. */
export const withoutMultipliers: Valuation = {
  value: (energy, state, target) => energyValue(energy, { ...state, multipliers: [] }, target),
  terms: (energy, state, target) => energyTerms(energy, { ...state, multipliers: [] }, target),
};

/** Law 31: an interpreter that does not know frozen steps. */
export const thawing: Advance = (energy, step, ...rest) =>
  advance(energy, rewritten((s) => (s.tag === 'explicit' ? { ...s, frozen: false } : s))(step), ...rest);

/** Law 31: gradients by an activation from the last of its readers alone. */
export const lastReader: Advance = (energy, ...rest) =>
  advance(
    { ...energy, links: energy.links.map((link) => ({ ...link, readers: link.readers.slice(-1) })) },
    ...rest,
  );

/** Law 31: multipliers that end with the other sign. */
export const oppositeMultipliers: Advance = (...given) => {
  const outcome = advance(...given);
  const multipliers = outcome.state.multipliers.map((m) => (m === undefined ? undefined : neg(m)));
  return { ...outcome, state: { ...outcome.state, multipliers } };
};

/** Law 31: couplings that do not grow. */
export const neverStronger: Advance = (energy, step, ...rest) =>
  advance(energy, rewritten((s) => (s.tag === 'strengthen' ? { ...s, factor: 1 } : s))(step), ...rest);

/** Law 32: `before` stays what it was at first. */
export const staleBefore: Advance = (energy, step, ...rest) => {
  let first: number | undefined;
  return advance(
    energy,
    watched(step, (p) => ({ ...p, before: (first ??= p.before) })),
    ...rest,
  );
};

/** Law 32: turns counted from 0. */
export const turnsFromZero: Advance = (energy, step, ...rest) =>
  advance(
    energy,
    watched(step, (p) => ({ ...p, turn: p.turn - 1 })),
    ...rest,
  );

/** Law 33: inference that ends where E falls by less than an absolute amount. */
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

/** Law 34: the same tensor for each time that one is asked for. */
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

/** Law 35: a run that keeps the whole state to the end. */
export const hoarding: Runner = (energy, step, parameters, example) =>
  runDirection(energy, step, parameters, example, 'fast', true);
