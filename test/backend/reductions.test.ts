/**
 * Reductions and losses against doubles that are added up with compensation: an oracle that shares nothing with the library's own
 * float64 backend.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, type Backend, scope, softmaxCrossEntropy, squaredError, toNumber } from '../../src';
import { messageOf, started, testBackends } from '../support';

/** Σ x, by Neumaier's compensation: off by less than one rounding of a double. */
const exactSum = (n: number, x: (i: number) => number): number => {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < n; i++) {
    const term = x(i);
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
  }
  return total + lost;
};

/** Numbers without a pattern that a block could share: of one sign, or of both. */
const noise = (n: number, both: boolean): Float32Array => {
  let state = 12345;
  const numbers = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = state / 2 ** 32 - (both ? 0.5 : 0);
  }
  return numbers;
};

/** Around the blocks of the kernels: 4 and 8 numbers of a register, 256 rows, 1024 and 65536 numbers of a range. */
const SIZES = [
  1,
  2,
  3,
  7,
  8,
  9,
  255,
  256,
  257,
  1023,
  1025,
  4099,
  65535,
  65536,
  65537,
  131073,
  2 ** 20 + 1,
  2 ** 24,
];

/**
 * Sums are added up in float64 on the host, n·2⁻⁵³ relative at worst, and rounded to float32 once: 2⁻²⁴ of the sum; the cpu
 * backend divides each number by n first, another rounding each, of Σ|x|. On a GPU sums are float32, in a tree whose
 * branches add at most 2¹² numbers in a row: half a rounding each, which mostly cancel.
 */
const EPSILON = 2 ** -24;
const toleranceOf = (backend: Backend): number =>
  (backend === 'wasm' || backend === 'cpu' ? 2 : 256) * EPSILON;

describe('the tolerance', () => {
  it('rejects a sum in float32, one number after another', () => {
    const n = 2 ** 20 + 1;
    const x = noise(n, false);
    const naive = x.reduce((total, value) => Math.fround(total + value), 0);
    const exact = exactSum(n, (i) => x[i] ?? 0);
    expect(Math.abs(naive - exact)).toBeGreaterThan(toleranceOf('wasm') * exact);
  });
});

for (const backend of testBackends)
  describe(`reductions on ${backend}`, () => {
    beforeAll(() => started(backend));
    const tolerance = toleranceOf(backend);
    const sizes = backend === 'wasm' || backend === 'cpu' ? SIZES : SIZES.slice(0, -1);

    it.each(sizes)('sum, mean and the losses of %d numbers', (n) => {
      for (const both of [false, true]) {
        const x = noise(n, both);
        const absolute = exactSum(n, (i) => Math.abs(x[i] ?? 0));
        const sum = exactSum(n, (i) => x[i] ?? 0);
        const squares = exactSum(n, (i) => (x[i] ?? 0) ** 2);
        scope(() => {
          const t = tf.tensor1d(x);
          expect(Math.abs(toNumber(tf.sum(t)) - sum)).toBeLessThanOrEqual(tolerance * absolute);
          expect(Math.abs(toNumber(tf.mean(t)) - sum / n)).toBeLessThanOrEqual((tolerance * absolute) / n);
          const loss = toNumber(squaredError.value(tf.reshape(t, [1, n]), tf.zeros([1, n])));
          // Beside the sum each square is rounded.
          expect(Math.abs(loss / (squares / 2) - 1)).toBeLessThanOrEqual(2 * tolerance);
        });
      }
    });

    it.each([
      [1, 300, 1],
      [1, 300, 5],
      [3, 257, 19],
      [5, 1, 7],
      [2, 1025, 8],
      [70001, 3, 1],
      [1, 70001, 3],
      [2, 70001, 1],
    ] as const)('sums over the middle axis, and over the outer ones, of [%d, %d, %d]', (outer, n, inner) => {
      const x = noise(outer * n * inner, true);
      const at = (i: number, k: number, j: number): number => x[(i * n + k) * inner + j] ?? Number.NaN;
      scope(() => {
        const t = tf.tensor3d(x, [outer, n, inner]);
        const middle = tf.sum(t, 1).dataSync();
        const means = tf.mean(t, [1], true).dataSync();
        const around = tf.sum(t, [0, 2]).dataSync();
        for (const i of [0, outer - 1])
          for (const j of [0, inner - 1]) {
            const exact = exactSum(n, (k) => at(i, k, j));
            const bound = tolerance * exactSum(n, (k) => Math.abs(at(i, k, j)));
            expect(Math.abs((middle[i * inner + j] ?? Number.NaN) - exact)).toBeLessThanOrEqual(bound);
            expect(Math.abs((means[i * inner + j] ?? Number.NaN) - exact / n)).toBeLessThanOrEqual(bound / n);
          }
        for (const k of [0, n - 1]) {
          const number = (p: number): number => at(Math.floor(p / inner), k, p % inner);
          const bound = tolerance * exactSum(outer * inner, (p) => Math.abs(number(p)));
          const exact = exactSum(outer * inner, number);
          expect(Math.abs((around[k] ?? Number.NaN) - exact)).toBeLessThanOrEqual(bound);
        }
      });
    });

    it('counts whole numbers and truth values', () => {
      scope(() => {
        const whole = tf.tensor(
          Int32Array.from({ length: 2 * 501 * 3 }, (_, i) => i),
          [2, 501, 3],
          'int32',
        );
        expect([...tf.sum(whole, 1).dataSync()]).toEqual(
          [0, 1, 2, 1503, 1504, 1505].map((first) => 501 * first + 3 * ((500 * 501) / 2)),
        );
        expect(toNumber(tf.sum(tf.equal(whole, whole)))).toBe(3006);
        expect(tf.sum(whole).dtype).toBe('int32');
        expect(toNumber(tf.mean(tf.tensor1d([1, 2, 2], 'int32')))).toBeCloseTo(5 / 3, 6);
      });
    });

    it('has 0 and 1 for the sum and the product of nothing, and a line for what has no value', () => {
      scope(() => {
        const nothing = tf.zeros([0, 3]);
        expect([...tf.sum(nothing, 0).dataSync()]).toEqual([0, 0, 0]);
        expect([...tf.prod(nothing, 0).dataSync()]).toEqual([1, 1, 1]);
        expect([...tf.all(tf.cast(nothing, 'bool'), 0, true).dataSync()]).toEqual([1, 1, 1]);
        expect([...tf.any(tf.cast(nothing, 'bool'), 0).dataSync()]).toEqual([0, 0, 0]);
        expect(tf.mean(nothing, 1).shape).toEqual([0]);
        for (const [name, f] of Object.entries({
          max: tf.max,
          min: tf.min,
          mean: tf.mean,
          argMax: tf.argMax,
        }))
          expect(messageOf(attempt(() => f(nothing, 0)))).toBe(
            `shape error at ${name}: expected at least one number along the axes, found none in [0, 3]`,
          );
        expect(messageOf(attempt(() => squaredError.value(nothing, nothing)))).toBe(
          'shape error at squaredError: expected at least one example and one output, found outputs [0, 3]',
        );
        expect(messageOf(attempt(() => softmaxCrossEntropy.value(nothing, tf.zeros([0], 'int32'))))).toBe(
          'shape error at softmaxCrossEntropy: expected at least one example and one output, found outputs [0, 3]',
        );
      });
    });

    it.each([
      [
        [5, 196, 4, 3],
        [1, 3],
      ],
      [
        [5, 196, 4, 3],
        [0, 2],
      ],
      [
        [3, 5, 1, 7],
        [0, 3],
      ],
      [
        [2, 3, 2, 5, 2],
        [0, 2, 4],
      ],
    ] as const)('sums and means of %j over axes %j, which others part', (shape, axes) => {
      const size = shape.reduce<number>((a, b) => a * b, 1);
      const x = noise(size, false);
      const strides = shape.map((_, i) => shape.slice(i + 1).reduce<number>((a, b) => a * b, 1));
      const kept = [...shape.keys()].filter((axis) => !axes.some((own) => own === axis));
      const keyOf = (i: number): number =>
        kept.reduce(
          (key, axis) =>
            key * (shape[axis] ?? 1) + (Math.floor(i / (strides[axis] ?? 1)) % (shape[axis] ?? 1)),
          0,
        );
      const wanted = new Map<number, number>();
      x.forEach((v, i) => wanted.set(keyOf(i), (wanted.get(keyOf(i)) ?? 0) + v));
      const count = size / wanted.size;
      scope(() => {
        const given = tf.tensor(x, [...shape]);
        const [sums, means, whole] = [
          tf.sum(given, [...axes]),
          tf.mean(given, [...axes], true),
          tf.sum(tf.cast(tf.mul(given, 100), 'int32'), [...axes]),
        ];
        expect(means.shape).toEqual(shape.map((d, i) => (axes.some((own) => own === i) ? 1 : d)));
        const [ofSums, ofMeans] = [sums, means].map((t) => t.dataSync());
        for (const [key, right] of wanted) {
          expect(Math.abs((ofSums?.[key] ?? Number.NaN) / right - 1)).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(((ofMeans?.[key] ?? Number.NaN) * count) / right - 1)).toBeLessThanOrEqual(
            2 * tolerance,
          );
        }
        expect(whole.dataSync()[0]).toBe(
          x.reduce((t, v, i) => (keyOf(i) === 0 ? t + Math.trunc(Math.fround(v * 100)) : t), 0),
        );
      });
    });

    it.each([
      [[7], [0]],
      [[3, 9], [1]],
      [[3, 9], [0]],
      [
        [5, 196, 4, 3],
        [1, 3],
      ],
      [[5, 31, 6], [1]],
      [
        [2, 3, 2, 5, 2],
        [0, 2, 4],
      ],
      [
        [300, 260],
        [0, 1],
      ],
    ] as const)('maxima of %j over axes %j, also of negative numbers and of NaN', (shape, axes) => {
      const size = shape.reduce<number>((a, b) => a * b, 1);
      const strides = shape.map((_, i) => shape.slice(i + 1).reduce<number>((a, b) => a * b, 1));
      const kept = [...shape.keys()].filter((axis) => !axes.some((own) => own === axis));
      const keyOf = (i: number): number =>
        kept.reduce(
          (key, axis) =>
            key * (shape[axis] ?? 1) + (Math.floor(i / (strides[axis] ?? 1)) % (shape[axis] ?? 1)),
          0,
        );
      for (const place of [undefined, 0, size >> 1, size - 1]) {
        const x = noise(size, true).map((v) => v - 0.4);
        if (place !== undefined) x[place] = Number.NaN;
        const wanted: number[] = [];
        x.forEach((v, i) => (wanted[keyOf(i)] = Math.max(wanted[keyOf(i)] ?? -Infinity, v)));
        scope(() => {
          const found = tf.max(tf.tensor(x, [...shape]), [...axes], true);
          expect(found.shape).toEqual(shape.map((d, i) => (axes.some((own) => own === i) ? 1 : d)));
          expect([...found.dataSync()]).toEqual(wanted);
        });
      }
    });

    it.each([1, 10, 1000, 20011])('softmaxCrossEntropy of %d examples', (n) => {
      const classes = 7;
      const logits = noise(n * classes, true).map((v) => 20 * v);
      const targets = Int32Array.from({ length: n }, (_, i) => (i * 5) % classes);
      const exact = exactSum(n, (i) => {
        const row = [...logits.subarray(i * classes, (i + 1) * classes)];
        const most = Math.max(...row);
        return (
          Math.log(exactSum(classes, (c) => Math.exp((row[c] ?? 0) - most))) +
          most -
          (row[targets[i] ?? 0] ?? 0)
        );
      });
      scope(() => {
        const found = toNumber(
          softmaxCrossEntropy.value(tf.tensor2d(logits, [n, classes]), tf.tensor1d(targets, 'int32')),
        );
        // Logits up to 10 lose 2⁻²⁴ of 20 by their difference, and exp and log of float32 a few roundings each.
        expect(Math.abs(found - exact / n)).toBeLessThanOrEqual(
          40 * EPSILON + (exact / n) * Math.max(tolerance, 8 * EPSILON),
        );
      });
    });
  });
