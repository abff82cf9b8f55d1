import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attempt,
  type Augmentation,
  augmented,
  cutout,
  type ExampleArrays,
  flipLeftRight,
  Key,
  mixup,
  passOver,
  randomCrop,
} from '../../src';
import { attemptAllTask } from '../../src/internal';
import { logBeta } from '../../src/example/beta';
import { messageOf } from '../support';

const SEED = 1;

interface Images {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly count: number;
  readonly bytes: boolean;
  readonly seed: number;
}

const images: fc.Arbitrary<Images> = fc.record({
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 3 }),
  count: fc.integer({ min: 1, max: 4 }),
  bytes: fc.boolean(),
  seed: fc.nat(10_000),
});

/** Images in which no value is 0, and no two in an image are the same. */
const batchOf = ({ height, width, channels, count, bytes }: Images): ExampleArrays => {
  const size = height * width * channels;
  const at = (i: number): number => 1 + (i % size);
  return {
    shape: [height, width, channels],
    inputs: bytes
      ? Uint8Array.from({ length: count * size }, (_, i) => at(i))
      : Float32Array.from({ length: count * size }, (_, i) => at(i)),
    targets: new Int32Array(count),
    count,
  };
};

/** A value of image `i`; 0 beyond its edges. */
const valueAt = ({ inputs, shape }: ExampleArrays, i: number, y: number, x: number, c: number): number => {
  const [h = 0, w = 0, d = 0] = shape;
  return y < 0 || x < 0 || y >= h || x >= w ? 0 : (inputs[((i * h + y) * w + x) * d + c] ?? Number.NaN);
};

/** Whether an image is what `from` says of each of its values. */
const isImage = (
  out: ExampleArrays,
  i: number,
  from: (y: number, x: number, c: number) => number,
): boolean => {
  const [h = 0, w = 0, d = 0] = out.shape;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < d; c++) if (valueAt(out, i, y, x, c) !== from(y, x, c)) return false;
  return true;
};

/** The augmented batch; what every augmentation promises is checked on the way. */
const augmentedBy = (augment: Augmentation, batch: ExampleArrays, seed: number): ExampleArrays => {
  const before = batch.inputs.slice();
  const out = augment(Key.key(seed), batch);
  // Pure: the batch stays, and the same key gives the same.
  expect(batch.inputs).toEqual(before);
  expect(augment(Key.key(seed), batch)).toEqual(out);
  expect([out.count, out.shape, out.inputs.constructor]).toEqual([
    batch.count,
    batch.shape,
    batch.inputs.constructor,
  ]);
  return out;
};

const run = (name: string, holds: (c: Images) => void): void => {
  console.log(`${name}: 100 cases, seed ${SEED}`);
  fc.assert(fc.property(images, holds), { seed: SEED, numRuns: 100 });
};

const all = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

describe('augmentations', () => {
  it('randomCrop: each image is one of the places in the padded one', () => {
    run('random crops', (c) => {
      const batch = batchOf(c);
      const out = augmentedBy(randomCrop(2), batch, c.seed);
      for (let i = 0; i < c.count; i++)
        expect(
          all(-2, 3).some((down) =>
            all(-2, 3).some((right) =>
              isImage(out, i, (y, x, channel) => valueAt(batch, i, y + down, x + right, channel)),
            ),
          ),
        ).toBe(true);
    });
  });

  it('flipLeftRight: each image is itself or its mirror image', () => {
    run('flips', (c) => {
      const batch = batchOf(c);
      const out = augmentedBy(flipLeftRight(), batch, c.seed);
      for (let i = 0; i < c.count; i++)
        expect(
          isImage(out, i, (y, x, channel) => valueAt(batch, i, y, x, channel)) ||
            isImage(out, i, (y, x, channel) => valueAt(batch, i, y, c.width - 1 - x, channel)),
        ).toBe(true);
    });
  });

  it('cutout: each image is itself but for a square around one of its pixels', () => {
    for (const size of [1, 2, 3])
      run(`cutouts of ${size}`, (c) => {
        const batch = batchOf(c);
        const out = augmentedBy(cutout(size), batch, c.seed);
        const before = Math.floor(size / 2);
        for (let i = 0; i < c.count; i++)
          expect(
            all(0, c.height).some((centreY) =>
              all(0, c.width).some((centreX) => {
                const [top, left] = [centreY - before, centreX - before];
                return isImage(out, i, (y, x, channel) =>
                  y >= top && y < top + size && x >= left && x < left + size
                    ? 0
                    : valueAt(batch, i, y, x, channel),
                );
              }),
            ),
          ).toBe(true);
      });
  });

  it('draw all there is, uniformly', () => {
    const one = batchOf({ height: 3, width: 3, channels: 1, count: 900, bytes: true, seed: 0 });
    const shown = (augment: Augmentation): ReadonlyMap<string, number> => {
      const { inputs } = augment(Key.key(1), one);
      const seen = new Map<string, number>();
      for (let i = 0; i < 900; i++) {
        const image = inputs.subarray(9 * i, 9 * i + 9).join();
        seen.set(image, (seen.get(image) ?? 0) + 1);
      }
      return seen;
    };
    // Of n equally likely images each 900/n times, ± six standard deviations of a binomial.
    const cases: readonly (readonly [Augmentation, number])[] = [
      [randomCrop(1), 9],
      [flipLeftRight(), 2],
      [cutout(1), 9],
    ];
    for (const [augment, n] of cases) {
      const seen = shown(augment);
      expect(seen.size).toBe(n);
      for (const found of seen.values())
        expect(Math.abs(found - 900 / n)).toBeLessThan(6 * Math.sqrt((900 / n) * (1 - 1 / n)));
    }
  });

  it('take flat images by their shape', () => {
    const batch = batchOf({ height: 2, width: 3, channels: 1, count: 3, bytes: true, seed: 0 });
    for (const make of [
      (s?: readonly number[]) => randomCrop(1, s),
      flipLeftRight,
      (s?: readonly number[]) => cutout(1, s),
    ]) {
      const flat = make([2, 3])(Key.key(1), { ...batch, shape: [6] });
      expect([flat.shape, flat.inputs]).toEqual([[6], make()(Key.key(1), batch).inputs]);
    }
  });

  it('mixup: examples and targets between two, by one λ', () => {
    const batch: ExampleArrays = {
      shape: [2],
      inputs: Uint8Array.of(10, 20, 30, 40, 50, 70),
      scale: 0.1,
      targets: Int32Array.of(0, 2, 1),
      weights: Float32Array.of(1, 2, 3),
      count: 3,
    };
    for (let seed = 0; seed < 20; seed++) {
      const key = Key.key(seed);
      const own = Math.exp(logBeta(Key.fold(key, 0), 0.4));
      const order = Key.permutation(Key.fold(key, 1), 3);
      const out = mixup(0.4, 3)(key, batch);
      expect([out.targetShape, out.shape, out.scale]).toEqual([[3], [2], undefined]);
      for (let i = 0; i < 3; i++) {
        const j = order[i] ?? 0;
        const mix = (a: number, b: number): number => own * a + (1 - own) * b;
        for (const k of [0, 1])
          expect(out.inputs[2 * i + k]).toBeCloseTo(
            mix(0.1 * (batch.inputs[2 * i + k] ?? 0), 0.1 * (batch.inputs[2 * j + k] ?? 0)),
            5,
          );
        for (const c of [0, 1, 2])
          expect(out.targets[3 * i + c]).toBeCloseTo(
            mix(Number(batch.targets[i] === c), Number(batch.targets[j] === c)),
            6,
          );
        expect(out.weights?.[i]).toBeCloseTo(mix(i + 1, j + 1), 5);
      }
    }
  });

  it('draw λ of the beta distribution', () => {
    for (const alpha of [0.1, 0.4, 1, 3]) {
      const draws = Array.from({ length: 4000 }, (_, i) => Math.exp(logBeta(Key.fold(Key.key(7), i), alpha)));
      const mean = draws.reduce((a, b) => a + b) / draws.length;
      const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
      const expected = 1 / (4 * (2 * alpha + 1));
      // Six standard deviations of a mean of 4,000; the square of a number in [0, 1] has a variance of 1/4 at most, and less here.
      expect(Math.abs(mean - 0.5)).toBeLessThan(6 * Math.sqrt(expected / 4000));
      expect(Math.abs(variance - expected)).toBeLessThan(0.012);
      expect(draws.every((d) => d >= 0 && d <= 1)).toBe(true);
    }
  });

  const flat: ExampleArrays = {
    shape: [4],
    inputs: new Uint8Array(8),
    targets: Int32Array.of(0, 5),
    count: 2,
  };
  const line = (f: () => unknown): string => messageOf(attempt(f));
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      'what is no image',
      () => randomCrop(1)(Key.key(1), flat),
      'shape error at randomCrop: expected images [height, width] or [height, width, channels] of 4 values, found [4]',
    ],
    [
      'an image of another size',
      () => flipLeftRight([3, 3])(Key.key(1), flat),
      'shape error at flipLeftRight: expected images [height, width] or [height, width, channels] of 4 values, found [3, 3]',
    ],
    [
      'a padding of 0',
      () => randomCrop(0),
      'options error at randomCrop.padding: expected a whole number of at least 1, found 0',
    ],
    [
      'a size of 0',
      () => cutout(0),
      'options error at cutout.size: expected a whole number of at least 1, found 0',
    ],
    ['an α of 0', () => mixup(0), 'options error at mixup.alpha: expected a positive finite number, found 0'],
    [
      'classes without their number',
      () => mixup(1)(Key.key(1), flat),
      'options error at mixup.classes: expected the number of classes, as targets are class indices, found none',
    ],
    [
      'a class that is none',
      () => mixup(1, 5)(Key.key(1), flat),
      'data error at mixup.targets[1]: expected a class in 0 … 4, found 5',
    ],
  ];
  for (const [name, f, expected] of refused)
    it(`refuse ${name}`, () => {
      expect(line(f)).toBe(expected);
    });
});

describe('augmented examples', () => {
  const data = batchOf({ height: 2, width: 2, channels: 1, count: 5, bytes: true, seed: 0 });
  const passed = async (examples: typeof data, key?: Key.Key) => {
    const batches: ExampleArrays[] = [];
    for await (const batch of passOver(examples, { batchSize: 2, ...(key === undefined ? {} : { key }) }))
      batches.push(batch.examples);
    return batches;
  };

  it('are themselves without a key, and one after another with one', async () => {
    const keys: Key.Key[] = [];
    const note: Augmentation = (key, batch) => {
      keys.push(key);
      return { ...batch, inputs: batch.inputs.map((v) => v + 1) };
    };
    const double: Augmentation = (_, batch) => ({ ...batch, inputs: batch.inputs.map((v) => 2 * v) });
    const twice = augmented(augmented(data, note), double);
    expect((await passed(twice)).map(({ inputs }) => inputs)).toEqual(
      (await passed(data)).map(({ inputs }) => inputs),
    );
    expect(keys).toEqual([]);
    expect((await passed(twice, Key.key(3))).map(({ inputs }) => inputs)).toEqual(
      (await passed(data, Key.key(3))).map(({ inputs }) => inputs.map((v) => 2 * (v + 1))),
    );
    // A key of its own for each batch, the same each time.
    expect(new Set(keys.map(({ high, low }) => `${high} ${low}`)).size).toBe(3);
    const before = keys.splice(0);
    await passed(twice, Key.key(3));
    expect(keys).toEqual(before);
  });

  it('may get soft targets in place of classes, and nothing else', async () => {
    const line = async (augment: Augmentation): Promise<string> =>
      messageOf(
        await attemptAllTask('', async () => {
          const options = { batchSize: 2, classes: 3, key: Key.key(1) };
          for await (const { examples } of passOver(augmented(data, augment), options))
            expect(examples.count).toBeGreaterThan(0);
        })(),
      );
    for await (const { examples } of passOver(augmented(data, mixup(1, 3)), {
      batchSize: 5,
      classes: 3,
      key: Key.key(1),
    }))
      expect(examples.targetShape).toEqual([3]);
    expect(await line((_, batch) => ({ ...batch, targets: Int32Array.of(0, 3).slice(0, batch.count) }))).toBe(
      'data error at examples, augmented.targets[1]: expected a class in 0 … 2, found 3',
    );
    expect(await line(mixup(1, 4))).toBe(
      'data error at examples, augmented: expected targets [], as before, or [3], found [4]',
    );
  });

  it('fail by one line where an augmentation does', async () => {
    const cases: readonly (readonly [Augmentation, string])[] = [
      [
        () => {
          throw new Error('kaputt');
        },
        'data error at examples, augmented: expected an augmentation that runs, found kaputt',
      ],
      [
        (_, batch) => ({ ...batch, count: 1 }),
        'data error at examples, augmented.inputs: expected 4 values, found 8',
      ],
      [
        (_, batch) => ({ ...batch, inputs: Float32Array.from(batch.inputs, () => Number.NaN) }),
        'data error at examples, augmented.inputs[0]: expected finite numbers, found NaN',
      ],
      [
        (_, batch) => ({
          ...batch,
          inputs: batch.inputs.slice(0, 4),
          targets: batch.targets.slice(0, 1),
          count: 1,
        }),
        'data error at examples, augmented: expected 2 examples, as before, found 1',
      ],
      [
        (_, batch) => ({ ...batch, shape: [4] }),
        'data error at examples, augmented: expected examples [2, 2, 1], as before, found [4]',
      ],
    ];
    for (const [augment, expected] of cases)
      expect(messageOf(await attemptAllTask('', () => passed(augmented(data, augment), Key.key(1)))())).toBe(
        expected,
      );
  });
});
