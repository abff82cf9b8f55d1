import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  augmented,
  checked,
  type ExampleArrays,
  type Examples,
  flipLeftRight,
  inMemory,
  Key,
  passOver,
  shuffled,
  split,
  subset,
} from '../../src';
import { messageOf, right } from '../support';
import { byIndex, inPieces } from './kinds';

const SEED = 1;

const numbered = (count: number): ExampleArrays => ({
  shape: [2],
  inputs: Uint8Array.from({ length: 2 * count }, (_, i) => i % 256),
  scale: 0.5,
  targets: Int32Array.from({ length: count }, (_, i) => i),
  weights: Float32Array.from({ length: count }, (_, i) => i / 2),
  count,
});

const targetsOf = async (examples: Examples): Promise<readonly number[]> => {
  const all: number[] = [];
  for await (const batch of passOver(examples, { batchSize: 3 })) all.push(...batch.examples.targets);
  return all;
};

describe('split', () => {
  it('makes disjoint parts that are all examples together, of every kind', async () => {
    console.log(`splits: 100 cases, seed ${SEED}`);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 4, max: 60 }),
          shares: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          seed: fc.option(fc.nat(1000), { nil: undefined }),
        }),
        async ({ count, shares, seed }) => {
          const total = shares.reduce((a, b) => a + b);
          const fractions = shares.map((s) => s / total);
          const key = seed === undefined ? undefined : Key.key(seed);
          const data = numbered(count);
          const parts = split(data, fractions, key);
          // A part so small that rounding leaves it none is refused: it has a line of its own below.
          fc.pre(parts._tag === 'Right');
          const arrays = await Promise.all(right(parts).map(targetsOf));
          for (const source of [byIndex(data), inPieces(data, 7)])
            expect(await Promise.all(right(split(source, fractions, key)).map(targetsOf))).toEqual(arrays);
          const all = Array.from({ length: count }, (_, i) => i);
          expect(arrays.flat().sort((a, b) => a - b)).toEqual(all);
          // Each keeps the order, and has its share, rounded.
          arrays.forEach((part, i) => {
            expect([...part].sort((a, b) => a - b)).toEqual(part);
            expect(Math.abs(part.length - (fractions[i] ?? 0) * count)).toBeLessThanOrEqual(1);
          });
          if (key === undefined) expect(arrays.flat()).toEqual(all);
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('draws by its key', async () => {
    const of = async (seed: number) => targetsOf(right(split(numbered(100), [0.5, 0.5], Key.key(seed)))[0]);
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  const cases: readonly (readonly [readonly number[], string])[] = [
    [[], 'options error at split.fractions: expected at least one fraction, found none'],
    [[0.5, 0.4], 'options error at split.fractions: expected fractions that sum to 1, found 0.9'],
    [[1.5, -0.5], 'options error at split.fractions[0]: expected a number above 0, at most 1, found 1.5'],
    [[Number.NaN, 1], 'options error at split.fractions[0]: expected a number above 0, at most 1, found NaN'],
    [
      [0.99, 0.01],
      'data error at split.fractions[1]: expected a part of 10 examples with one at least, found none',
    ],
  ];
  for (const [fractions, line] of cases)
    it(`refuses ${JSON.stringify(fractions)}`, () => {
      expect(messageOf(split(numbered(10), fractions))).toBe(line);
    });
});

describe('subset', () => {
  it('takes examples with all that belongs to them, and keeps how they are passed', async () => {
    const data = augmented(shuffled(numbered(5), 2), flipLeftRight([1, 2]));
    const wanted = Int32Array.of(1, 2, 4);
    for (const examples of [data, byIndex(data), inPieces(data, 2)]) {
      const taken = right(subset(examples, wanted));
      expect([taken.count, taken.shuffle, taken.augment?.length]).toEqual([3, 2, 1]);
      const all = right(await inMemory(taken)());
      expect([all.inputs, all.targets, all.weights, all.scale]).toEqual([
        Uint8Array.of(2, 3, 4, 5, 8, 9),
        Int32Array.of(1, 2, 4),
        Float32Array.of(0.5, 1, 2),
        0.5,
      ]);
    }
  });

  it('takes them in any order and twice, but for a stream', async () => {
    const wanted = Int32Array.of(4, 1, 1);
    for (const examples of [numbered(5), byIndex(numbered(5))])
      expect(await targetsOf(right(subset(examples, wanted)))).toEqual([4, 1, 1]);
    expect(messageOf(subset(inPieces(numbered(5), 2), wanted))).toBe(
      'data error at subset.indices[1]: expected ascending indices, as a stream is read in order, found 1',
    );
  });

  it('makes up no numbers where a piece of a stream is shorter than it says, nor where arrays are', async () => {
    const long = { ...numbered(2), inputs: Uint8Array.of(1, 2) };
    const stream: Examples = { shape: [2], count: 2, open: () => [long] };
    expect(messageOf(await inMemory(right(subset(stream, Int32Array.of(1))))())).toBe(
      'data error at subset.inputs: expected 4 values, found 2',
    );
    expect(messageOf(subset(long, Int32Array.of(1)))).toBe(
      'data error at examples.inputs: expected 4 values, found 2',
    );
    const early: Examples = { shape: [2], count: 5, open: () => [numbered(2)] };
    expect(messageOf(await inMemory(right(subset(early, Int32Array.of(1, 4))))())).toBe(
      'data error at subset: expected 5 examples, as the count of its stream says, found 2',
    );
  });

  it('reads a stream as far as its last example, and closes it', async () => {
    let [given, closed] = [0, 0];
    const long: Examples = {
      shape: [2],
      count: 1e9,
      open: function* () {
        try {
          for (; given < 1000; given++) yield { ...numbered(1), targets: Int32Array.of(given) };
        } finally {
          closed += 1;
        }
      },
    };
    const { weights: _, ...all } = right(await inMemory(right(subset(long, Int32Array.of(2, 5))))());
    expect([[...all.targets], given, closed]).toEqual([[2, 5], 5, 1]);
  });

  it('is not looked through again where the whole was', () => {
    const data: ExampleArrays = { ...numbered(4), inputs: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
    const once = right(checked(data));
    // Not for users: to see whether anybody looks.
    once.inputs[0] = Number.NaN;
    const part = right(subset(once, Int32Array.of(0)));
    expect(right(checked(part)).count).toBe(1);
    expect(messageOf(checked(right(subset(data, Int32Array.of(0)))))).toContain('found NaN');
  });

  it('refuses indices that are none', () => {
    expect(messageOf(subset(numbered(5), Int32Array.of(0, 5)))).toBe(
      'data error at subset.indices[1]: expected an index below 5, found 5',
    );
    expect(messageOf(subset(numbered(5), new Int32Array(0)))).toBe(
      'data error at subset: expected at least one index, found none',
    );
  });
});
