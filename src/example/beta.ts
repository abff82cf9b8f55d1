/** Draws of a symmetric beta distribution, as a pure function of a key. */
import { Key } from '../core';

/** A number in (0, 1) of a word. */
const open = (word: number): number => (word + 0.5) / 2 ** 32;

/**
 * log G with G ~ Gamma(α, 1) by Marsaglia and Tsang (*A simple method for generating gamma
 * variables*, 2000): d·v³ with d = α − ⅓, accepted with probability above 0.95; for α < 1 as
 * Gamma(α + 1)·U^{1/α}. As a logarithm, since for a small α most of them are below the smallest
 * number.
 */
const logGamma = (key: Key.Key, alpha: number): number => {
  if (alpha < 1) {
    const [word = 0] = Key.bits(Key.fold(key, 0), 1);
    return logGamma(Key.fold(key, 1), alpha + 1) + Math.log(open(word)) / alpha;
  }
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let i = 0; ; i++) {
    const [a = 0, b = 0, u = 0] = Key.bits(Key.fold(key, i), 3);
    const x = Math.sqrt(-2 * Math.log(open(a))) * Math.cos(2 * Math.PI * open(b));
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(open(u)) < (x * x) / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
};

/** log B with B ~ Beta(α, α): of two gammas the first in their sum. */
export const logBeta = (key: Key.Key, alpha: number): number => {
  const [a, b] = [logGamma(Key.fold(key, 0), alpha), logGamma(Key.fold(key, 1), alpha)];
  const most = Math.max(a, b);
  return a - most - Math.log(Math.exp(a - most) + Math.exp(b - most));
};
