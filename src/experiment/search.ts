/**
 * Random search: settings drawn from a space, as many as asked for. Draw i of a path is a function
 * of the seed, of the place of the path in the space and of i alone: a larger count begins with the
 * same settings.
 *
 *     uniform       a + u·(b − a), u uniform in (0, 1)
 *     logUniform    exp(log a + u·(log b − log a)): as many draws in each decade
 *     choice        one of some values, each as likely
 *
 * Source: Bergstra & Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13 (2012).
 */
import * as t from 'io-ts';
import { Key } from '../core';
import {
  anyNumber,
  checked,
  closed,
  type Codec,
  type Decoded,
  listOf,
  positive,
  recordOf,
  tagged,
  wholeFrom,
} from '../registry';
import { type Choice } from './config';

const between = (number: Codec<number>, type: 'uniform' | 'logUniform') =>
  checked(
    closed(`a ${type} range`, { type: t.literal(type), from: number, to: number }, {}),
    ({ from, to }) => (from < to ? undefined : `a range with from below to`),
  );

/**
 * The distribution from which a search draws a value: `uniform` or `logUniform` on an interval, or
 * a `choice` of values.
 */
export const Distribution = tagged('type', {
  uniform: between(anyNumber, 'uniform'),
  logUniform: between(positive, 'logUniform'),
  choice: closed('a choice', { type: t.literal('choice'), values: listOf(t.unknown) }, {}),
});
export type Distribution = Decoded<typeof Distribution>;

/** A search space: distributions by paths in a method. */
export const Search = closed(
  'a search',
  { count: wholeFrom(1), seed: wholeFrom(0), space: recordOf(Distribution) },
  {},
);
export type Search = Decoded<typeof Search>;

/** Significant digits of a draw: more would tell no settings apart, and make long names. */
const DIGITS = 4;

/** Rounded, which may not lead out of the range. */
const rounded = (value: number, from: number, to: number): number =>
  Math.min(to, Math.max(from, Number(value.toPrecision(DIGITS))));

/**
 * Maps a number u in (0, 1) to a value of a distribution: the quantile at u, rounded to four
 * digits.
 *
 * @param distribution `uniform`, `logUniform` or `choice`
 * @param u a number in (0, 1)
 *
 * @example valueAt({ type: 'uniform', from: 0, to: 10 }, 0.25) // 2.5
 */
export const valueAt = (distribution: Distribution, u: number): unknown => {
  switch (distribution.type) {
    case 'uniform': {
      const { from, to } = distribution;
      return rounded(from + u * (to - from), from, to);
    }
    case 'logUniform': {
      const { from, to } = distribution;
      return rounded(Math.exp(Math.log(from) + u * (Math.log(to) - Math.log(from))), from, to);
    }
    case 'choice': {
      const { values } = distribution;
      return values[Math.floor(u * values.length)];
    }
  }
};

/**
 * Draws the settings of a random search, each once. A draw that repeats an earlier one is left out,
 * so there may be fewer than asked for. A larger count begins with the same settings.
 *
 * @param search its `count`, its `seed` and its `space`, a distribution for each path. A `seed`
 *   that is no key throws a `Fault` (`options`)
 *
 * @example
 * const space = { 'optimizer.rate': { type: 'logUniform', from: 1e-4, to: 1 } } as const;
 * drawn({ count: 20, seed: 1, space })
 */
export const drawn = ({ count, seed, space }: Search): readonly Choice[] => {
  const columns = Object.entries(space).map(([path, distribution], i) => {
    const words = Key.bits(Key.fold(Key.key(seed), i), count);
    // The middle of its 2⁻³²: neither 0 nor 1.
    return Array.from(words, (word) => [path, valueAt(distribution, (word + 0.5) / 2 ** 32)] as const);
  });
  const settings = new Map<string, Choice>();
  for (let i = 0; i < count; i++) {
    const choice = columns.flatMap((column): Choice => {
      const one = column[i];
      return one === undefined ? [] : [one];
    });
    const name = JSON.stringify(choice);
    if (!settings.has(name)) settings.set(name, choice);
  }
  return [...settings.values()];
};
