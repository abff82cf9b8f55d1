import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  batchOf,
  checked,
  dispose,
  type ExampleArrays,
  exampleOf,
  type Examples,
  inMemory,
  Key,
  passOver,
  type PassOptions,
  shuffled,
} from '../../src';
import { attemptAllTask } from '../../src/internal';
import { orderOf } from '../../src/example/order';
import { messageOf, right, started } from '../support';
import { byIndex, inPieces } from './kinds';

const SEED = 1;

/** Examples whose inputs say which they are; bytes or floats, with or without weights. */
const numbered = (count: number, kind: 'bytes' | 'floats' = 'floats', weights = false): ExampleArrays => ({
  shape: [2],
  inputs:
    kind === 'bytes'
      ? Uint8Array.from({ length: 2 * count }, (_, i) => i % 256)
      : Float32Array.from({ length: 2 * count }, (_, i) => i / 2),
  ...(kind === 'bytes' ? { scale: 1 / 255 } : {}),
  targets: Int32Array.from({ length: count }, (_, i) => i),
  ...(weights ? { weights: Float32Array.from({ length: count }, (_, i) => i % 3) } : {}),
  count,
});

const passed = async (examples: Examples, options: PassOptions): Promise<readonly ExampleArrays[]> => {
  const all: ExampleArrays[] = [];
  for await (const { examples: batch } of passOver(examples, options)) all.push(batch);
  return all;
};

const bytesOf = (batches: readonly ExampleArrays[]): unknown =>
  batches.map(({ inputs, targets, weights, scale, count, shape }) => ({
    inputs,
    targets,
    weights,
    scale,
    count,
    shape,
  }));

describe('a pass', () => {
  beforeAll(() => started('wasm'));

  it('gives the same bytes for every kind of examples', async () => {
    console.log(`kinds of examples: 150 cases, seed ${SEED}`);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 1, max: 40 }),
          batchSize: fc.integer({ min: 1, max: 45 }),
          shuffle: fc.integer({ min: 1, max: 45 }),
          piece: fc.integer({ min: 1, max: 45 }),
          seed: fc.option(fc.nat(1000), { nil: undefined }),
          kind: fc.constantFrom('bytes' as const, 'floats' as const),
          weights: fc.boolean(),
        }),
        async ({ count, batchSize, shuffle, piece, seed, kind, weights }) => {
          const arrays = shuffled(numbered(count, kind, weights), shuffle);
          const options = { batchSize, ...(seed === undefined ? {} : { key: Key.key(seed) }) };
          const expected = await passed(arrays, options);
          expect(bytesOf(await passed(byIndex(arrays), options))).toEqual(bytesOf(expected));
          expect(bytesOf(await passed(inPieces(arrays, piece), options))).toEqual(bytesOf(expected));
          // Every example once; in order without a key.
          const taken = expected.flatMap(({ targets }) => [...targets]);
          const all = Array.from({ length: count }, (_, i) => i);
          expect([...taken].sort((a, b) => a - b)).toEqual(all);
          if (seed === undefined) expect(taken).toEqual(all);
          expect(expected.map((b) => b.count)).toEqual(
            Array.from({ length: Math.ceil(count / batchSize) }, (_, i) =>
              Math.min(batchSize, count - i * batchSize),
            ),
          );
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
  });

  it('draws from as many examples as are shuffled at a time, all by default', () => {
    const order = (examples: Examples, seed: number): readonly number[] => [
      ...orderOf('examples', examples, Key.key(seed)),
    ];
    expect(order(numbered(20), 3)).toEqual([...Key.permutation(Key.key(3), 20)]);
    expect(order(shuffled(numbered(20), 99), 3)).toEqual([...Key.permutation(Key.key(3), 20)]);
    expect(order(inPieces(numbered(3), 1), 3)).toEqual([0, 1, 2]);
    const taken = order(shuffled(numbered(1000), 10), 3);
    expect(taken.every((i, k) => i < k + 10)).toBe(true);
    // Not in order, and drawn anew by another key.
    expect(taken.filter((i, k) => i === k).length).toBeLessThan(300);
    expect(order(shuffled(numbered(1000), 10), 4)).not.toEqual(taken);
    // The first is uniform among ten: of 2,000 draws 200 each, ± six standard deviations of √(2000·0.1·0.9) = 13.4.
    const firsts = Array.from({ length: 2000 }, (_, seed) => order(shuffled(numbered(50), 10), seed)[0]);
    for (let i = 0; i < 10; i++) {
      const found = firsts.filter((first) => first === i).length;
      expect(Math.abs(found - 200)).toBeLessThan(80);
    }
  });

  it('holds no more of a stream than it shuffles, and reads one batch ahead', async () => {
    const data = numbered(100);
    let given = 0;
    let closed = 0;
    const stream: Examples = {
      shape: [2],
      count: 100,
      shuffle: 8,
      open: function* () {
        try {
          for (; given < 100; given++) {
            yield {
              shape: [2],
              inputs: data.inputs.subarray(2 * given, 2 * given + 2),
              targets: data.targets.subarray(given, given + 1),
              count: 1,
            };
          }
        } finally {
          closed += 1;
        }
      },
    };
    let taken = 0;
    for await (const { batch, batches, examples } of passOver(stream, { batchSize: 5, key: Key.key(1) })) {
      taken += examples.count;
      expect([batches, batch]).toEqual([20, taken / 5]);
      // Eight to draw from, and the five that are read ahead.
      expect(given).toBeLessThanOrEqual(taken + 8 + 5);
      if (batch === 4) break;
    }
    // Whoever leaves closes the stream.
    expect([taken, closed]).toEqual([20, 1]);
  });

  it('reads the next batch of a source while the present one is used', async () => {
    const asked: number[] = [];
    const source: Examples = {
      shape: [2],
      count: 3,
      read: (indices) => {
        asked.push(indices[0] ?? -1);
        return numbered(1);
      },
    };
    for await (const { batch } of passOver(source, { batchSize: 1 })) {
      await Promise.resolve();
      expect(asked).toHaveLength(Math.min(3, batch + 1));
    }
  });

  it('reads a source into memory, in its order', async () => {
    const arrays = shuffled(numbered(7, 'bytes', true), 3);
    for (const source of [byIndex(arrays), inPieces(arrays, 2)]) {
      const all = right(await inMemory(source)());
      expect([all.inputs, all.targets, all.weights, all.shuffle]).toEqual([
        arrays.inputs,
        arrays.targets,
        arrays.weights,
        3,
      ]);
    }
    const same = right(await inMemory(arrays)());
    expect([same.inputs, same.targets, same.shuffle]).toEqual([arrays.inputs, arrays.targets, 3]);
    expect(same.inputs).toBe(arrays.inputs);
  });

  it('reads no arrays into memory that hold what is no number', async () => {
    const data = numbered(3);
    data.inputs[4] = Number.NaN;
    expect(messageOf(await inMemory(data)())).toBe(
      'data error at examples.inputs[2]: expected finite numbers, found NaN',
    );
  });

  const piece = (part: Partial<ExampleArrays> = {}): ExampleArrays => ({ ...numbered(2), ...part });
  const source = (read: () => unknown, more: Partial<Examples> = {}): Examples =>
    // Programs without types give anything.
    ({ shape: [2], count: 2, read, ...more }) as unknown as Examples;
  const stream = (...pieces: readonly ExampleArrays[]): Examples => ({
    shape: [2],
    count: 4,
    open: () => pieces,
  });
  const NAN = Float32Array.of(0, 1, Number.NaN, 3);
  const failures: readonly (readonly [string, Examples, string, Partial<PassOptions>?])[] = [
    [
      'a number that is not finite, of a source',
      source(() => piece({ inputs: NAN })),
      'data error at train.inputs[0]: expected finite numbers, found NaN',
      { key: Key.key(4) },
    ],
    [
      'the same of a stream',
      stream(piece(), piece({ inputs: NAN })),
      'data error at train.inputs[3]: expected finite numbers, found NaN',
    ],
    [
      'a number that is not finite, of arrays',
      piece({ inputs: NAN }),
      'data error at train.inputs[1]: expected finite numbers, found NaN',
    ],
    [
      'arrays that are too short',
      piece({ inputs: new Float32Array(2) }),
      'data error at train.inputs: expected 4 values, found 2',
    ],
    [
      'a class of arrays that is none',
      piece({ targets: Int32Array.of(0, 3) }),
      'data error at train.targets[1]: expected a class in 0 … 2, found 3',
      { classes: 3 },
    ],
    [
      'a class that is none',
      stream(piece(), piece({ targets: Int32Array.of(0, 5) })),
      'data error at train.targets[3]: expected a class in 0 … 2, found 5',
      { classes: 3 },
    ],
    [
      'a target that is not finite',
      stream(piece(), piece({ targets: Float32Array.of(0, Infinity) })),
      'data error at train.targets[3]: expected finite numbers, found Infinity',
    ],
    [
      'a weight that is negative',
      source(() => piece({ weights: Float32Array.of(1, -1) })),
      'data error at train.weights[1]: expected a finite weight of at least 0, found -1',
    ],
    [
      'a piece of another shape',
      source(() => piece({ shape: [1, 2] })),
      'data error at train: expected a piece with inputs [2], as its source says, found [1, 2]',
    ],
    [
      'too few values',
      source(() => piece({ inputs: new Float32Array(3) })),
      'data error at train.inputs: expected 4 values, found 3',
    ],
    [
      'other than the examples asked for',
      source(() => numbered(3)),
      'data error at train: expected the 2 examples asked for, found 3',
    ],
    [
      'nothing',
      source(() => undefined),
      'data error at train: expected a piece of examples, found undefined',
    ],
    [
      'plain arrays',
      source(() => ({ ...piece(), inputs: [0, 1, 2, 3] })),
      'data error at train.inputs: expected a Float32Array or a Uint8Array, found an array',
    ],
    [
      'a source that throws',
      source(() => {
        throw new Error('kaputt');
      }),
      'data error at train: expected a source that can be read, found kaputt',
    ],
    [
      'a stream that ends early',
      stream(piece()),
      'data error at train: expected 4 examples, as its count says, found 2',
    ],
    [
      'a stream that goes on',
      stream(piece(), piece(), piece()),
      'data error at train: expected 4 examples, as its count says, found more',
    ],
    [
      'pieces of other numbers',
      stream(piece(), piece({ targets: Float32Array.of(0, 1) })),
      'data error at train: expected inputs float32 and targets int32, as in the piece before, found inputs float32 and targets float32',
    ],
    [
      'a batch size that is none',
      numbered(2),
      'options error at train, batch size: expected a whole number of at least 1, found 0',
      { batchSize: 0 },
    ],
    [
      'a shuffle that is none',
      shuffled(numbered(2), 0),
      'options error at train.shuffle: expected a whole number of at least 1, found 0',
    ],
  ];
  for (const [name, examples, expected, options] of failures)
    it(`fails by one line for ${name}`, async () => {
      const found = await attemptAllTask('pass', () =>
        passed(examples, { batchSize: 4, path: 'train', ...options }),
      )();
      expect(messageOf(found)).toBe(expected);
    });
});

describe('checked examples', () => {
  it('are looked through once, as long as the arrays are the same', () => {
    const data = numbered(4);
    const once = right(checked(data));
    // Not for users: to see whether anybody looks.
    once.inputs[3] = Number.NaN;
    expect(right(checked(once)).inputs).toBe(data.inputs);
    expect(messageOf(checked({ ...once, inputs: once.inputs.slice() }))).toBe(
      'data error at examples.inputs[1]: expected finite numbers, found NaN',
    );
    expect(messageOf(checked(data))).toBe(
      'data error at examples.inputs[1]: expected finite numbers, found NaN',
    );
  });
  it('have arrays of numbers of the right kinds and sizes', () => {
    const line = (part: object): string => messageOf(checked({ ...numbered(2), ...part }));
    expect(line({ inputs: [1, 2, 3, 4] })).toBe(
      'data error at examples.inputs: expected a Float32Array or a Uint8Array, found an array',
    );
    expect(line({ targets: new Float64Array(2) })).toBe(
      'data error at examples.targets: expected an Int32Array, a Float32Array or a Uint8Array, found Float64Array',
    );
    expect(line({ weights: [1, 2] })).toBe(
      'data error at examples.weights: expected a Float32Array, found an array',
    );
    expect(line({ weights: Float32Array.of(1) })).toBe(
      'data error at examples.weights: expected 2 values, found 1',
    );
    expect(line({ scale: 0 })).toBe(
      'options error at examples.scale: expected a positive finite number, found 0',
    );
    expect(line({ count: 0 })).toBe('data error at examples: expected at least one example, found 0');
    expect(line({ shape: undefined })).toBe(
      'data error at examples.shape: expected a list, such as [28, 28], found undefined',
    );
    expect(line({ shape: [0.5, 4] })).toBe(
      'data error at examples.shape: expected dimensions that are whole numbers of at least 1, found [0.5, 4]',
    );
    expect(line({ targetShape: 2 })).toBe(
      'data error at examples.targetShape: expected a list, such as [28, 28], found number',
    );
    for (const [nothing, found] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['a', 'string'],
    ] as const)
      // Programs without types give anything.
      expect(messageOf(checked(nothing as unknown as ExampleArrays))).toBe(
        `data error at examples: expected examples { shape, inputs, targets, count }, found ${found}`,
      );
  });
});

describe('batches as tensors', () => {
  beforeAll(() => started('wasm'));
  it('are bytes times the scale, and what the arrays hold', () => {
    const bytes: ExampleArrays = {
      shape: [2],
      inputs: Uint8Array.of(0, 51, 102, 255),
      scale: 1 / 255,
      targets: Uint8Array.of(1, 2),
      targetScale: 0.5,
      weights: Float32Array.of(1, 3),
      count: 2,
    };
    const all = exampleOf(bytes);
    expect([...all.input.dataSync()]).toEqual([0, 0.2, 0.4, 1].map(Math.fround));
    expect([[...all.target.dataSync()], all.target.dtype, all.target.shape]).toEqual([
      [0.5, 1],
      'float32',
      [2],
    ]);
    expect([...(all.weights?.dataSync() ?? [])]).toEqual([1, 3]);
    const last = batchOf(bytes, Int32Array.of(1));
    expect([[...last.input.dataSync()], [...(last.weights?.dataSync() ?? [])]]).toEqual([
      [Math.fround(0.4), 1],
      [3],
    ]);
    const classes = batchOf(numbered(3), Int32Array.of(2, 0));
    expect([classes.target.dtype, ...classes.target.dataSync(), classes.weights]).toEqual([
      'int32',
      2,
      0,
      undefined,
    ]);
    dispose(all.input, all.target, all.weights ?? [], last.input, last.target, last.weights ?? []);
    dispose(classes.input, classes.target);
  });
  it('are of examples that there are', () => {
    const line = (indices: Int32Array, data = numbered(3)): string =>
      messageOf(attempt(() => batchOf(data, indices)));
    expect(line(Int32Array.of(0, 3))).toBe(
      'data error at batchOf.indices[1]: expected an index below 3, found 3',
    );
    expect(line(Int32Array.of(-1))).toBe(
      'data error at batchOf.indices[0]: expected an index below 3, found -1',
    );
    expect(line(new Int32Array(0))).toBe('data error at batchOf: expected at least one index, found none');
    expect(line(Int32Array.of(0), { ...numbered(3), inputs: new Float32Array(2) })).toBe(
      'data error at examples.inputs: expected 6 values, found 2',
    );
  });
  it('are the quotient v/d in float32 for every byte and every largest byte', () => {
    for (let d = 1; d <= 255; d++)
      for (let v = 0; v <= d; v++) expect(Math.fround(v * (1 / d))).toBe(Math.fround(v / d));
  });
});
