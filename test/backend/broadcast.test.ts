/** Operands of equal and different shapes, tiles and reversals: the WASM kernels beside loops over places. */
import {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  mul,
  notEqual,
  reverse,
  sub,
  type Tensor,
  tensor,
  tile,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scope } from '../../src';
import { joinedAxes } from '../../src/backend/wasm/broadcast';
import { started } from '../support';

beforeAll(() => started('wasm'));

const SEED = 1;

/** A shape, and of either operand which of its axes are there once; more axes than the kernel has among them. */
const shapes = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 4 }), a: fc.boolean(), b: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((axes) => ({
    shape: axes.map(({ size, a, b }) => (a && b ? 1 : size)),
    a: axes.map(({ size, a }) => (a ? 1 : size)),
    b: axes.map(({ size, b }) => (b ? 1 : size)),
  }));

/** Numbers of many sizes; NaN with either sign, infinities and zeros of both signs among them. */
const valuesOf = (count: number, seed: number): Float32Array => {
  const words = new Uint32Array([0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000, 0x80000000]);
  const odd = new Float32Array(words.buffer);
  return Float32Array.from({ length: count }, (_, i) =>
    (i * 7 + seed) % 13 === 0
      ? (odd[(i + seed) % odd.length] ?? 0)
      : Math.sin(i * 12.9898 + seed) * 10 ** (i % 5),
  );
};

/** The value of an operand at a place of the result. */
const at = (values: Float32Array, own: readonly number[], place: readonly number[]): number =>
  values[own.reduce((index, d, i) => index * d + (d === 1 ? 0 : (place[i] ?? 0)), 0)] ?? Number.NaN;

/** The first place where two lists differ, or −1; NaN is NaN, and zeros have signs. */
const firstApart = (found: ArrayLike<number>, wanted: readonly (number | undefined)[]): number =>
  found.length === wanted.length ? wanted.findIndex((w, i) => !Object.is(found[i], w)) : 0;

const placesOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, d) => all.flatMap((place) => Array.from({ length: d }, (_, i) => [...place, i])),
    [[]],
  );

const operations: readonly (readonly [
  string,
  (a: Tensor, b: Tensor) => Tensor,
  (a: number, b: number) => number,
])[] = [
  ['add', add, (a, b) => a + b],
  ['sub', sub, (a, b) => a - b],
  ['mul', mul, (a, b) => a * b],
  ['div', div, (a, b) => a / b],
];

const comparisons: readonly (readonly [
  string,
  (a: Tensor, b: Tensor) => Tensor,
  (a: number, b: number) => boolean,
])[] = [
  ['equal', equal, (a, b) => a === b],
  ['notEqual', notEqual, (a, b) => a !== b],
  ['greater', greater, (a, b) => a > b],
  ['greaterEqual', greaterEqual, (a, b) => a >= b],
  ['less', less, (a, b) => a < b],
  ['lessEqual', lessEqual, (a, b) => a <= b],
];

describe('operands of different shapes', () => {
  for (const [name, op, plain] of operations)
    it(`${name}: number by number, NaN, infinities and signs of zero among them (seed ${SEED})`, () => {
      fc.assert(
        fc.property(shapes, ({ shape, a, b }) => {
          const [left, right] = [a, b].map((own, i) =>
            valuesOf(
              own.reduce((p, q) => p * q, 1),
              i + 1,
            ),
          );
          if (left === undefined || right === undefined) throw new Error('two operands');
          const found = scope(() => op(tensor(left, a), tensor(right, b)).dataSync());
          const wanted = placesOf(shape).map((place) =>
            Math.fround(plain(at(left, a, place), at(right, b, place))),
          );
          expect(firstApart(found, wanted)).toBe(-1);
        }),
        { numRuns: 100, seed: SEED },
      );
    });

  for (const [name, op, plain] of comparisons)
    for (const dtype of ['float32', 'int32'] as const)
      it(`${name} of ${dtype}: place by place (seed ${SEED})`, () => {
        fc.assert(
          fc.property(shapes, ({ shape, a, b }) => {
            const [left, right] = [a, b].map((own, i) => {
              const values = valuesOf(
                own.reduce((p, q) => p * q, 1),
                i + 1,
              );
              // Few different ones, so that some are equal.
              return dtype === 'float32'
                ? values
                : values.map((v) => (Number.isFinite(v) ? Math.trunc(v) % 3 : 0));
            });
            if (left === undefined || right === undefined) throw new Error('two operands');
            const found = scope(() => op(tensor(left, a, dtype), tensor(right, b, dtype)).dataSync());
            const wanted = placesOf(shape).map((place) =>
              Number(plain(at(left, a, place), at(right, b, place))),
            );
            expect(firstApart(found, wanted)).toBe(-1);
          }),
          { numRuns: 60, seed: SEED },
        );
      });

  it('in many rows, by several threads', () => {
    const [a, b] = [valuesOf(300 * 16, 1), valuesOf(16, 2)];
    const found = scope(() => add(tensor(a, [300, 1, 16]), tensor(b, [16])).dataSync());
    expect([...found]).toEqual(
      placesOf([300, 1, 16]).map((p) => Math.fround(at(a, [300, 1, 16], p) + at(b, [1, 1, 16], p))),
    );
    const columns = valuesOf(6000, 3);
    const wide = scope(() => mul(tensor(a, [300, 1, 16]), tensor(columns, [300, 20, 1])).dataSync());
    const wanted = placesOf([300, 20, 16]).map((p) =>
      Math.fround(at(a, [300, 1, 16], p) * at(columns, [300, 20, 1], p)),
    );
    expect(firstApart(wide, wanted)).toBe(-1);
  });
});

describe('tiles', () => {
  for (const dtype of ['float32', 'int32'] as const)
    it(`of ${dtype}: the numbers again and again (seed ${SEED})`, () => {
      const axes = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), {
        minLength: 1,
        maxLength: 4,
      });
      fc.assert(
        fc.property(axes, (given) => {
          const [shape, reps] = [given.map(([d]) => d), given.map(([, r]) => r)];
          const count = shape.reduce((p, q) => p * q, 1);
          const values =
            dtype === 'float32' ? valuesOf(count, 1) : Int32Array.from({ length: count }, (_, i) => i - 3);
          const found = scope(() => tile(tensor(values, shape, dtype), reps).dataSync());
          const wanted = placesOf(shape.map((d, i) => d * (reps[i] ?? 1))).map(
            (place) => values[shape.reduce((index, d, i) => index * d + ((place[i] ?? 0) % d), 0)],
          );
          expect(firstApart(found, wanted)).toBe(-1);
        }),
        { numRuns: 100, seed: SEED },
      );
    });
});

describe('axes that go on into each other', () => {
  it('are one', () => {
    expect(
      joinedAxes([
        { size: 3, a: 8, b: 0 },
        { size: 1, a: 0, b: 0 },
        { size: 4, a: 2, b: 0 },
        { size: 2, a: 1, b: 1 },
      ]),
    ).toEqual([
      { size: 12, a: 2, b: 0 },
      { size: 2, a: 1, b: 1 },
    ]);
  });
});

describe('operands of one shape', () => {
  it.each(operations)('%s of many numbers, as of few', (_, op, plain) => {
    const count = 70_001;
    const [a, b] = [valuesOf(count, 1), valuesOf(count, 2)];
    const found = scope(() => op(tensor(a), tensor(b)).dataSync());
    const wanted = Array.from(a, (x, i) => Math.fround(plain(x, b[i] ?? Number.NaN)));
    expect(firstApart(found, wanted)).toBe(-1);
  });
});

describe('reversals', () => {
  /** A shape, and which of its axes are read from their ends. */
  const turned = fc.array(fc.record({ size: fc.integer({ min: 0, max: 4 }), back: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  });
  for (const dtype of ['float32', 'int32'] as const)
    it(`of ${dtype}: place by place (seed ${SEED})`, () => {
      fc.assert(
        fc.property(turned, (axes) => {
          const shape = axes.map(({ size }) => size);
          const values = valuesOf(
            shape.reduce((p, q) => p * q, 1),
            1,
          ).map((x) => (dtype === 'float32' ? x : Number.isFinite(x) ? Math.trunc(x) + 0 : 0));
          const named = axes.flatMap(({ back }, i) => (back ? [i] : []));
          const found = scope(() => reverse(tensor(values, shape, dtype), named).dataSync());
          const wanted = placesOf(shape).map((place) =>
            at(
              values,
              shape,
              place.map((p, i) => (axes[i]?.back === true ? (shape[i] ?? 0) - 1 - p : p)),
            ),
          );
          expect(firstApart(found, wanted)).toBe(-1);
        }),
        { numRuns: 200, seed: SEED },
      );
    });

  it('along one axis by its number, from either end, and along all', () => {
    const x = [1, 2, 3, 4, 5, 6];
    const along = (axis?: number): readonly number[] =>
      scope(() => [...reverse(tensor(x, [2, 3]), axis).dataSync()]);
    expect(along(0)).toEqual([4, 5, 6, 1, 2, 3]);
    expect(along(-2)).toEqual([4, 5, 6, 1, 2, 3]);
    expect(along(1)).toEqual([3, 2, 1, 6, 5, 4]);
    expect(along()).toEqual([6, 5, 4, 3, 2, 1]);
  });
});
