/**
 * Law 17, of keys: equal keys give equal numbers, split keys are independent, and nothing depends
 * on the order of calls.
 */
import * as fc from 'fast-check';
import { Key } from '../src';
import { seeds } from './arbitrary';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** The keys under law: drawing words from a key, and its children. */
export interface KeyMachine {
  /** Words of 32 random bits by a key. */
  readonly bits: (key: Key.Key, n: number) => Uint32Array;
  /** The child of a key by a number. */
  readonly fold: (key: Key.Key, index: number) => Key.Key;
}

/** The keys of the library, as the laws take them. */
export const keyMachine: KeyMachine = { bits: Key.bits, fold: Key.fold };

/** A seed and two numbers to fold into its key. */
export interface KeyCase {
  readonly seed: number;
  readonly first: number;
  readonly second: number;
}

const keyCases: fc.Arbitrary<KeyCase> = fc
  .record({ seed: seeds, first: fc.nat({ max: 1000 }), second: fc.nat({ max: 1000 }) })
  .filter(({ first, second }) => first !== second);

const same = (what: string, a: Uint32Array, b: Uint32Array): Verdict =>
  a.length === b.length && a.every((w, i) => w === b[i]) ? true : `${what} differ`;

/**
 * Law 17: equal keys give equal numbers, also as the beginning of a longer draw, whatever was drawn
 * or split before.
 *
 * @param m drawing words from a key, and its children. Default: `keyMachine`
 *
 * @example check(keyDeterminism(), { numRuns: 10 }).violation ?? 'holds' // 'holds'
 */
export const keyDeterminism = (m: KeyMachine = keyMachine): Law<KeyCase> => ({
  number: numberOf('keys'),
  name: 'keys: equal key, equal numbers, in any order of calls',
  arbitrary: keyCases,
  holds: ({ seed, first, second }) => {
    const k = Key.key(seed);
    const [a, b] = [m.fold(k, first), m.fold(k, second)];
    const [drawnA, drawnB] = [m.bits(a, 8), m.bits(b, 8)];
    // The same again, in the other order, with other calls in between.
    const b2 = m.fold(Key.key(seed), second);
    const againB = m.bits(b2, 8);
    m.bits(k, 3);
    const againA = m.bits(m.fold(Key.key(seed), first), 8);
    return all(
      same('two draws from one key', drawnA, againA),
      same('two draws from one key', drawnB, againB),
      same('a draw and the start of a longer one', drawnA.subarray(0, 5), m.bits(a, 5)),
    );
  },
});

const DRAWN = 1000;

/** Mean product of two centred uniform sequences: normal around 0 with deviation 1/(12√n). */
const correlation = (a: Uint32Array, b: Uint32Array): number => {
  let total = 0;
  a.forEach((w, i) => {
    total += (w / 2 ** 32 - 0.5) * ((b[i] ?? Number.NaN) / 2 ** 32 - 0.5);
  });
  return (12 * total) / DRAWN;
};

/**
 * Law 17: the children of a key are independent of each other and of the numbers of their parent.
 * Their correlation over n draws stays within 6/√n, which chance exceeds once in 5e8 cases.
 *
 * @param m drawing words from a key, and its children. Default: `keyMachine`
 *
 * @example check(keyIndependence(), { numRuns: 10 }).violation ?? 'holds' // 'holds'
 */
export const keyIndependence = (m: KeyMachine = keyMachine): Law<KeyCase> => ({
  number: numberOf('keys'),
  name: 'keys: split keys are independent',
  arbitrary: keyCases,
  holds: ({ seed, first, second }) => {
    const k = Key.key(seed);
    const own = m.bits(k, DRAWN);
    const [a, b] = [m.bits(m.fold(k, first), DRAWN), m.bits(m.fold(k, second), DRAWN)];
    const bound = 6 / Math.sqrt(DRAWN);
    return all(
      atMost('the correlation of two children', Math.abs(correlation(a, b)), bound),
      atMost('the correlation of child and parent', Math.abs(correlation(a, own)), bound),
      atMost('the correlation of child and parent', Math.abs(correlation(b, own)), bound),
    );
  },
});
