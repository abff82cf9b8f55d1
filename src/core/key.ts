/**
 * Seeded, splittable keys. Random numbers are a pure function of a key: equal keys give equal
 * numbers, keys that were split from one key are independent, and nothing depends on the order of
 * calls.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, *Parallel random
 * numbers: as easy as 1, 2, 3*, SC 2011). It is a keyed bijection of counters, so splitting and
 * drawing are both one encryption.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { type Shape, sizeOf } from './shape';
import { checkStarted } from './started';

/** A key: two words of 32 bits. `key` makes one from a seed, `fold` and `split` derive others. */
export interface Key {
  /** The upper 32 bits. */
  readonly high: number;
  /** The lower 32 bits. */
  readonly low: number;
}

/** Numbers of 32 bits. */
const WORDS = 2 ** 32;

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Encrypts the counter (c0, c1) under a key: the Threefry-2x32 block function with 20 rounds, on
 * which all keys and draws rest.
 *
 * @param key the key, two words of 32 bits
 * @param c0 the first word of the counter
 * @param c1 the second word of the counter
 * @returns two unsigned words
 *
 * @example threefry(key(0), 0, 0) // [1797259609, 2579123966]
 */
export const threefry = (key: Key, c0: number, c1: number): readonly [number, number] => {
  const k = [key.high | 0, key.low | 0, 0x1bd11bda ^ key.high ^ key.low] as const;
  let x0 = (c0 + k[0]) | 0;
  let x1 = (c1 + k[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of group % 2 === 0 ? ROTATIONS[0] : ROTATIONS[1]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    x0 = (x0 + (k[(group + 1) % 3] ?? 0)) | 0;
    x1 = (x1 + (k[(group + 2) % 3] ?? 0) + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
};

/**
 * Makes a key from a seed. Equal seeds are equal keys, on every machine.
 *
 * @param seed a whole number in [0, 2^53). Another one throws a `Fault` (`options`)
 *
 * @example key(1)
 */
export const key = (seed: number): Key =>
  Number.isSafeInteger(seed) && seed >= 0
    ? { high: Math.floor(seed / 2 ** 32), low: seed >>> 0 }
    : fail('options', 'seed', 'a whole number in [0, 2^53)', `${seed}`);

/**
 * Derives the child of a key that belongs to a number. Children of different numbers are
 * independent of each other and of what you draw from the parent, so you may both split a key and
 * draw from it.
 *
 * @param parent the key
 * @param index a whole number in [0, 2^32). Another one throws a `Fault` (`options`)
 *
 * @example fold(key(1), 3)
 */
export const fold = (parent: Key, index: number): Key => {
  if (!Number.isInteger(index) || index < 0 || index >= WORDS)
    fail('options', 'fold', 'a whole number in [0, 2^32)', `${index}`);
  const [high, low] = threefry(parent, index, 0x80000000);
  return { high, low };
};

/**
 * Derives `n` independent keys: `split(parent, n)[i]` is `fold(parent, i)`.
 *
 * @param parent the key
 * @param n how many, at most 2^32; beyond that `fold` throws a `Fault` (`options`)
 *
 * @example split(key(1), 2).length // 2
 */
export const split = (parent: Key, n: number): readonly Key[] =>
  Array.from({ length: n }, (_, i) => fold(parent, i));

/**
 * Draws `n` independent uniform words of 32 bits: those of the counters 0, 1, … under the key.
 *
 * @param k the key
 * @param n how many words
 *
 * @example bits(key(1), 4).length // 4
 */
export const bits = (k: Key, n: number): Uint32Array => {
  const words = new Uint32Array(n + (n % 2));
  for (let i = 0; i < n; i += 2) words.set(threefry(k, i / 2, 0), i);
  return words.subarray(0, n);
};

/** The float32 next to one, upwards or downwards; not for ±∞ and NaN. */
const neighbour = (x: number, upwards: boolean): number => {
  if (x === 0) return upwards ? 2 ** -149 : -(2 ** -149);
  const words = new Int32Array(1);
  const numbers = new Float32Array(words.buffer);
  numbers[0] = x;
  words[0] = (words[0] ?? 0) + (x > 0 === upwards ? 1 : -1);
  return numbers[0];
};

/**
 * Draws a float32 tensor of independent numbers, uniform on [low, high), with 24 random bits each.
 * No number is below `low`, and none reaches `high`, even if float32 has few numbers between them.
 *
 * @param k the key
 * @param shape the shape of the tensor
 * @param low the least number. Default 0
 * @param high the bound above. Default 1
 * @throws a `Fault` (`options`) if float32 has no number in [low, high)
 *
 * @example uniform(key(1), [2, 3], -1, 1).shape // [2, 3]
 */
export const uniform = (k: Key, shape: Shape, low = 0, high = 1): Tensor => {
  checkStarted();
  const [from, to] = [Math.fround(low), Math.fround(high)];
  const least = from < low ? neighbour(from, true) : from;
  const most = to >= high ? neighbour(to, false) : to;
  if (!(Number.isFinite(from) && Number.isFinite(to) && least <= most))
    fail('options', 'uniform', 'finite low < high with a float32 number in [low, high)', `[${low}, ${high})`);
  const values = Float32Array.from(bits(k, sizeOf(shape)), (word) =>
    Math.min(Math.max(low + (high - low) * ((word >>> 8) / 2 ** 24), least), most),
  );
  return tensor(values, [...shape]);
};

/**
 * Draws a float32 tensor of independent standard normal numbers, by the method of Box and Muller.
 *
 * @param k the key
 * @param shape the shape of the tensor. Before a backend is started it throws a `Fault` (`backend`)
 *
 * @example normal(key(1), [2, 3]).shape // [2, 3]
 */
export const normal = (k: Key, shape: Shape): Tensor => {
  checkStarted();
  const n = sizeOf(shape);
  const words = bits(k, 2 * n);
  const values = Float32Array.from({ length: n }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(((words[2 * i] ?? 0) + 1) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * (words[2 * i + 1] ?? 0)) / 2 ** 32);
  });
  return tensor(values, [...shape]);
};

/**
 * Draws a uniform permutation of 0 … n − 1 (Fisher-Yates; the modulo bias is below n / 2^32).
 *
 * @param k the key
 * @param n how many numbers
 *
 * @example permutation(key(1), 5).length // 5
 */
export const permutation = (k: Key, n: number): Int32Array => {
  const words = bits(k, n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = (words[i] ?? 0) % (i + 1);
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
  return order;
};
