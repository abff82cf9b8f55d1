/** The matrix product of the WASM backend, which is the library's own, against those of cpu and of float64. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  broadcastTo,
  engine,
  matMul,
  memory,
  ones,
  reshape,
  slice,
  type Tensor,
  tensor,
} from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { attempt, type Backend, Key, onReference, scope, tensor64, toHost } from '../../src';
import { sizeOf } from '../../src/internal';
import { relativeDistance } from '../../laws';
import { messageOf, started } from '../support';

type Shape = readonly number[];

/** Numbers of a tensor, the same on every backend. */
interface Numbers {
  readonly shape: Shape;
  readonly host: Float64Array;
}

/** Of each seed the numbers of the largest shape so far, of which smaller ones take the first. */
const drawn = new Map<number, Float64Array>();

/** Uniform on [−1, 1), 24 bits each: float32 holds them exactly. */
const draw = (seed: number, shape: Shape): Numbers => {
  const size = sizeOf(shape);
  let host = drawn.get(seed) ?? new Float64Array();
  if (host.length < size)
    host = Float64Array.from(Key.bits(Key.key(seed), size), (word) => (word >>> 8) / 2 ** 23 - 1);
  drawn.set(seed, host);
  return { shape, host: host.subarray(0, size) };
};

const place = ({ shape, host }: Numbers): Tensor => tensor(Float32Array.from(host), [...shape]);
const place64 = ({ shape, host }: Numbers): Tensor => tensor64(host, [...shape]);

/** ‖found − expected‖ / ‖expected‖: each entry rounds by at most 6e-8 · √k, with k ≤ 4096 summands. */
const ROUNDING = 1e-5;

/** Tensors, and what the backend holds for them. */
const counts = (): readonly number[] => [memory().numTensors, engine().backend.numDataIds()];

interface Product {
  readonly a: Numbers;
  readonly b: Numbers;
  readonly flipA: boolean;
  readonly flipB: boolean;
}

interface Result {
  readonly shape: Shape;
  readonly host: Float64Array;
}

const multiply = ({ a, b, flipA, flipB }: Product, by: (x: Numbers) => Tensor): Result =>
  scope(() => {
    const found = matMul(by(a), by(b), flipA, flipB);
    return { shape: found.shape, host: toHost(found) };
  });

/** The product on another backend, which has been started before. */
const multiplyOn = async (backend: Backend, product: Product): Promise<Result> => {
  await started(backend);
  try {
    return multiply(product, place);
  } finally {
    await started('wasm');
  }
};

const flags = [false, true].flatMap((flipA) => [false, true].map((flipB) => ({ flipA, flipB })));

/** A product [batchA…, m, k] · [batchB…, k, n], each matrix stored transposed where its flag is set. */
const product = (
  [batchA, m, k, n, batchB]: readonly [Shape, number, number, number, Shape],
  { flipA, flipB }: { readonly flipA: boolean; readonly flipB: boolean },
): Product => ({
  a: draw(1, [...batchA, ...(flipA ? [k, m] : [m, k])]),
  b: draw(2, [...batchB, ...(flipB ? [n, k] : [k, n])]),
  flipA,
  flipB,
});

const named = ({ a, b, flipA, flipB }: Product): string =>
  `[${a.shape.join()}]${flipA ? 'ᵀ' : ''} · [${b.shape.join()}]${flipB ? 'ᵀ' : ''}`;

/** Sizes: single rows and columns, odd sizes, blocks of SIMD; operands and results of many blocks. */
const single: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 5, 1],
  [3, 1, 4],
  [1, 7, 9],
  [9, 7, 1],
  [5, 4, 3],
  [32, 64, 16],
  [2, 600, 500],
  [1, 4096, 65],
  [500, 600, 2],
  [513, 513, 1],
  [520, 520, 35],
  [520, 35, 515],
];

const batches: readonly (readonly [Shape, Shape])[] = [
  [[2], [2]],
  [[1], [1]],
  [[3], [1]],
  [[1], [3]],
  [[3], []],
  [[], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], []],
  [[], [2, 3]],
  [
    [2, 3],
    [1, 1],
  ],
  [[1, 1], [4]],
];

describe('the matrix product of the WASM backend', () => {
  beforeAll(async () => {
    await started('cpu');
    await started('wasm');
  });

  const products = [
    ...single.flatMap(([m, k, n]) => flags.map((flip) => product([[], m, k, n, []], flip))),
    ...batches.flatMap(([batchA, batchB]) => flags.map((flip) => product([batchA, 3, 5, 4, batchB], flip))),
    // A large second operand within batches.
    ...flags.map((flip) => product([[2], 3, 512, 520, [2]], flip)),
    ...flags.map((flip) => product([[2], 3, 512, 520, []], flip)),
  ];
  for (const p of products)
    it(named(p), async () => {
      const before = counts();
      const found = multiply(p, place);
      expect(counts()).toEqual(before);
      const expected = await multiplyOn('cpu', p);
      expect(found.shape).toEqual(expected.shape);
      expect(relativeDistance(found.host, expected.host)).toBeLessThan(ROUNDING);
      const exact = onReference(() => multiply(p, place64));
      expect(relativeDistance(found.host, exact.host)).toBeLessThan(ROUNDING);
      expect(counts()).toEqual(before);
    });

  // The product of cpu, tfjs's own, is wrong for most of these: float64 alone tells.
  const crossed: readonly (readonly [Shape, Shape])[] = [
    [[2, 3], [3]],
    [[3], [2, 3]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [1, 3],
      [2, 3],
    ],
    [
      [2, 1],
      [1, 3],
    ],
    [[2, 1], [3]],
    [
      [2, 1, 3],
      [2, 1],
    ],
  ];
  for (const [batchA, batchB] of crossed)
    for (const flip of flags) {
      const p = product([batchA, 3, 5, 4, batchB], flip);
      it(`${named(p)}, where both are broadcast or batched`, () => {
        const before = counts();
        const [found, exact] = [multiply(p, place), onReference(() => multiply(p, place64))];
        expect(found.shape).toEqual(exact.shape);
        expect(relativeDistance(found.host, exact.host)).toBeLessThan(ROUNDING);
        expect(counts()).toEqual(before);
      });
    }

  it('is right for the views of one tensor, whichever was multiplied before', () => {
    const before = counts();
    scope(() => {
      const numbers = draw(3, [4, 6]);
      const b = place(numbers);
      const views: readonly Shape[] = [
        [4, 6],
        [6, 4],
        [4, 6],
        [3, 8],
        [2, 3, 4],
        [24, 1],
        [6, 4],
        [1, 24],
      ];
      views.forEach((shape, i) => {
        for (const flip of [false, true]) {
          const k = shape.at(flip ? -1 : -2) ?? 1;
          const a = draw(10 + i, [2, k]);
          const found = toHost(matMul(place(a), reshape(b, [...shape]), false, flip));
          const viewed: Product = { a, b: { shape, host: numbers.host }, flipA: false, flipB: flip };
          const expected = onReference(() => multiply(viewed, place64)).host;
          expect(relativeDistance(found, expected)).toBeLessThan(ROUNDING);
        }
      });
    });
    expect(counts()).toEqual(before);
  });

  it('is right for a tensor made where a freed one was, and for an operand on both sides', () => {
    const before = counts();
    for (let round = 0; round < 5; round++) {
      const x = draw(20 + round, [6, 6]);
      const found = scope(() => {
        const t = place(x);
        return toHost(matMul(t, t, true));
      });
      const expected = onReference(() => multiply({ a: x, b: x, flipA: true, flipB: false }, place64));
      expect(relativeDistance(found, expected.host)).toBeLessThan(ROUNDING);
    }
    expect(counts()).toEqual(before);
  });

  it('of few rows or columns, which have a kernel of their own, is that of float64, in any orientation', () => {
    let most = 0;
    const sizes = [8, 33, 517].flatMap((many) => [1, 5, 64, 1027].map((k) => ({ many, k })));
    // Both large for one number of rows alone: the reference takes seconds for each.
    const isSmall = ({ many, k }: { readonly many: number; readonly k: number }): boolean => many * k < 1e5;
    for (const few of [1, 2, 3, 4, 5, 8])
      for (const { many, k } of few === 5 ? sizes : sizes.filter(isSmall))
        for (const flip of flags)
          for (const [m, n] of [
            [few, many],
            [many, few],
          ] as const) {
            const p = product([[], m, k, n, []], flip);
            // Of one sign: no number of the result is small beside its terms.
            const positive = (x: Numbers): Numbers => ({ ...x, host: x.host.map(Math.abs) });
            const q = { ...p, a: positive(p.a), b: positive(p.b) };
            const [found, exact] = [multiply(q, place), onReference(() => multiply(q, place64))];
            expect(found.shape).toEqual(exact.shape);
            found.host.forEach((value, i) => {
              most = Math.max(most, Math.abs(value / (exact.host[i] ?? Number.NaN) - 1));
            });
          }
    // Roundings of sums of 256 terms, and of those sums, go either way. One sum of 1027 terms is off by 31.
    console.log(`products of few rows or columns: ${(most * 2 ** 24).toFixed(1)} roundings of the result`);
    expect(most).toBeLessThan(16 * 2 ** -24);
  });

  it('does not change its operands', () => {
    scope(() => {
      const [x, y] = [draw(1, [2, 600]), draw(2, [500, 600])];
      const [a, b] = [place(x), place(y)];
      matMul(a, b, false, true);
      matMul(slice(broadcastTo(reshape(a, [1, 2, 600]), [3, 2, 600]), 0, 2), b, false, true);
      expect(toHost(a).every((value, i) => value === x.host[i])).toBe(true);
      expect(toHost(b).every((value, i) => value === y.host[i])).toBe(true);
    });
  });

  it('gives an error value where inner dimensions do not agree', () => {
    const before = counts();
    const cases: readonly (readonly [Shape, Shape, boolean, boolean, number, number])[] = [
      [[2, 3], [4, 2], false, false, 3, 4],
      [[2, 3], [3, 2], true, false, 2, 3],
      [[2, 3], [3, 2], false, true, 3, 2],
      [[5, 2, 3], [5, 4, 2], false, false, 3, 4],
      [[2, 600], [601, 500], false, false, 600, 601],
    ];
    for (const [shapeA, shapeB, flipA, flipB, left, right] of cases) {
      const result = scope(() => attempt(() => matMul(ones([...shapeA]), ones([...shapeB]), flipA, flipB)));
      expect(E.isLeft(result)).toBe(true);
      expect(messageOf(result)).toBe(
        `shape error at matMul: expected inner dimensions that agree, found ${left} and ${right}`,
      );
    }
    expect(counts()).toEqual(before);
  });

  it('refuses integers, whose bits it would read as floats', () => {
    scope(() => {
      const [a, b] = [ones([2, 3], 'int32'), ones([3, 2], 'int32')];
      expect(messageOf(attempt(() => matMul(a, b)))).toBe(
        'backend error at matMul: expected float32 tensors on wasm, found int32 and int32',
      );
    });
  });
});
