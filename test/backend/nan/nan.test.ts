/** A NaN passes every op, with either sign bit, from every place. */
import { beforeAll, describe, expect, it } from 'vitest';
import { greater, isNaN, tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Backend, differentiableOps, onReference, scope, tensor64 } from '../../../src';
import { started, testBackends } from '../../support';
import { LENGTH, type NanRow, size, takes1 } from './nanRow';
import { nanTable } from './nanTable';

/** A NaN as JavaScript writes it, and as arithmetic makes it on x86: with its sign bit set. */
const PATTERNS = [0x7fc00000, 0xffc00000];

const numbersOf = (row: NanRow): readonly Float32Array[] =>
  row.shapes.map((shape, operand) =>
    Float32Array.from(
      { length: size(shape) },
      (_, i) => (row.around ?? (row.kernel === 'Prelu' ? -0.5 : 0.5)) + 0.2 * Math.sin(3 + 7 * i + operand),
    ),
  );

/** All places of small tensors; of larger ones the first and last few, and one in the middle. */
const placesOf = (n: number): readonly number[] =>
  [...Array(n).keys()].filter((i) => n <= 32 || i < 4 || i === n >> 1 || i >= n - 3);

/** `N` for a NaN, `.` for another number. */
const maskOf = (values: ArrayLike<number>): string =>
  Array.from(values, (v) => (Number.isNaN(v) ? 'N' : '.')).join('');

/** Where the NaN has to be, by the row; a line where the reference itself loses it. */
const wanted = (row: NanRow, inputs: readonly Float32Array[], operand: number, place: number): string => {
  const hosts = inputs.map((x) => Float64Array.from(x));
  hosts[operand]?.fill(Number.NaN, place, place + 1);
  const found = onReference(() =>
    scope(() => maskOf(row.f(...hosts.map((x, i) => tensor64(x, [...(row.shapes[i] ?? [])]))).dataSync())),
  );
  const right =
    row.reach === 'same'
      ? found === maskOf(hosts[operand] ?? [])
      : row.reach === 'all'
        ? !found.includes('.')
        : found.includes('N');
  return right ? found : `lost by the reference: ${found}`;
};

const passes = (row: NanRow, found: string, want: string): boolean =>
  row.reach === 'least'
    ? found.length === want.length && Array.from(want).every((c, i) => c === '.' || found[i] === 'N')
    : found === want;

/** A line for each place where a row loses a NaN, or makes another number one. */
const lossesOf = async (row: NanRow): Promise<readonly string[]> => {
  const tried = numbersOf(row).flatMap((_, operand, { length }) =>
    placesOf(size(row.shapes[operand] ?? [])).flatMap((place) => {
      const inputs = numbersOf(row);
      const want = wanted(row, inputs, operand, place);
      return PATTERNS.map((bits) => {
        // Written as bits: a number assigned may become another NaN.
        new Uint32Array((inputs[operand] ?? new Float32Array()).buffer).fill(bits, place, place + 1);
        const result = scope(() => row.f(...inputs.map((x, i) => tensor(x, [...(row.shapes[i] ?? [])]))));
        const where = `operand ${operand + 1} of ${length}, place ${place}, bits ${bits.toString(16)}`;
        return { where, want, result };
      });
    }),
  );
  // Read at last: a GPU that is waited for at each place takes minutes in a page.
  const lines = await Promise.all(
    tried.map(async ({ where, want, result }) => {
      const found = maskOf(await result.data<'float32'>());
      result.dispose();
      return passes(row, found, want) ? [] : [`${where}: ${found} for ${want}`];
    }),
  );
  return lines.flat();
};

/** Ops whose result is a whole number, or does not depend on numbers. */
const WITHOUT: readonly string[] = ['FloorDiv', 'OnesLike', 'ZerosLike'];

const numbers = (...values: readonly number[]): tf.Tensor => tensor([...values]);

/** Ops that make a NaN of numbers, beside a number that they leave one. */
const MAKING: Readonly<Record<string, () => tf.Tensor>> = {
  '0/0 and ∞/∞': () => tf.div(numbers(0, Infinity, -Infinity, 3, 1), numbers(0, Infinity, Infinity, 3, 0)),
  'a quotient by a scalar': () => tf.div(numbers(0, 1, 2), tf.scalar(0)),
  '∞ − ∞': () => tf.sub(numbers(Infinity, 1, -Infinity), numbers(Infinity, 1, Infinity)),
  '0 · ∞': () => tf.mul(numbers(0, 1, 0), numbers(Infinity, Infinity, 2)),
  'powers of negative numbers': () => tf.pow(numbers(-1, -1, -8, 0, 2), numbers(0.5, 2, 1 / 3, 0, -0.5)),
  'a root': () => tf.sqrt(numbers(-1, 0, 1)),
  'an inverse root': () => tf.rsqrt(numbers(-1, 4, 1)),
  'a logarithm': () => tf.log(numbers(-1, 0, 1)),
  'the logarithm of 1 + x': () => tf.log1p(numbers(-2, -1, 1)),
  'inverse functions': () =>
    tf.concat([
      tf.asin(numbers(2, 0.5)),
      tf.acos(numbers(-2, 0.5)),
      tf.acosh(numbers(0.5, 2)),
      tf.atanh(numbers(2, 0.5)),
    ]),
  'a sum of both infinities': () => tf.sum(numbers(Infinity, 1, -Infinity)),
  'softmax of ∞': () => tf.softmax(tensor([Infinity, 1, 2, 3, 4, 5], [2, 3])),
};

describe('the table of NaN', () => {
  it('has a row for every op with a gradient', () => {
    const covered = new Set([...nanTable.map(({ kernel }) => kernel), 'ExpandDims']);
    expect(differentiableOps.filter((op) => !covered.has(op))).toEqual(WITHOUT);
  });
});

const backends: readonly Backend[] = testBackends;
for (const backend of backends)
  describe(`NaN on ${backend}`, () => {
    beforeAll(() => started(backend));

    // `$name` would be cut after 40 characters, where rows of pooling are still alike.
    it.each(nanTable.map((row) => [row.name, row] as const))('passes %s', async (_, row) => {
      expect(await lossesOf(row)).toEqual([]);
    });

    it('made by arithmetic passes relu', async () => {
      const made = scope(() => {
        const infinite = tf.fill([5], Infinity);
        return tf.relu(tf.sub(infinite, infinite));
      });
      expect(maskOf(await made.data())).toBe('NNNNN');
      made.dispose();
    });

    it.each(Object.entries(MAKING))('is made by %s', async (_, f) => {
      const made = scope(f);
      expect(maskOf(await made.data())).toBe(onReference(() => scope(() => maskOf(f().dataSync()))));
      made.dispose();
    });

    it('is missed where an op loses it', async () => {
      const losing: NanRow = {
        name: 'relu by comparison',
        kernel: 'composed',
        shapes: [[LENGTH]],
        f: takes1((x) => where(greater(x, 0), x, zerosLike(x))),
        reach: 'same',
      };
      // By the reference at each of eight places, and so twice each.
      expect((await lossesOf(losing)).length).toBe(2 * placesOf(LENGTH).length);
      const spreading: NanRow = { ...losing, f: takes1((x) => tf.add(x, tf.sum(x))) };
      expect((await lossesOf(spreading)).length).toBe(2 * placesOf(LENGTH).length);
      expect(await lossesOf({ ...losing, f: takes1((x) => where(isNaN(x), x, tf.relu(x))) })).toEqual([]);
    });
  });
