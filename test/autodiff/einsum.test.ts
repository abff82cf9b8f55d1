/** Sums of products over named axes: their values by plain loops and by NumPy, and what is refused. */
import { cast, ones, range, reshape, tensor, type Tensor } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, type Backend, dispose, einsum, Key, liveTensors, scope, toHost } from '../../src';
import { attemptAll } from '../../src/internal';
import { casesOf, messageOf, started, testBackends } from '../support';

const SEED = 1;
const backends: readonly Backend[] = [...testBackends, 'float64'];

/** Rounding, relative to the sum of the sizes of all products: a few float32 operations of 6e-8 each; or float64's of 1e-16. */
const tolerance = (backend: Backend): number => (backend === 'float64' ? 1e-14 : 2e-6);

interface Case {
  readonly operands: readonly string[];
  readonly output: string;
  readonly sizes: ReadonlyMap<string, number>;
}

const LETTERS = ['a', 'B', 'c', 'd'] as const;

/** Up to three operands of up to four axes in any order, and any axes of theirs in any order as the output. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    operands: fc.array(fc.shuffledSubarray([...LETTERS]), { minLength: 1, maxLength: 3 }),
    sizes: fc.tuple(...LETTERS.map(() => fc.integer({ min: 1, max: 3 }))),
  })
  .chain(({ operands, sizes }) =>
    fc.shuffledSubarray([...new Set(operands.flat())]).map((output) => ({
      operands: operands.map((letters) => letters.join('')),
      output: output.join(''),
      sizes: new Map(LETTERS.map((letter, i) => [letter, sizes[i] ?? 1])),
    })),
  );

/** All values of the letters, as maps, in row-major order. */
const indicesOf = (letters: string, { sizes }: Case): readonly ReadonlyMap<string, number>[] =>
  [...letters].reduce<readonly ReadonlyMap<string, number>[]>(
    (all, letter) =>
      all.flatMap((index) =>
        Array.from({ length: sizes.get(letter) ?? 1 }, (_, i) => new Map([...index, [letter, i]])),
      ),
    [new Map()],
  );

const placeOf = (letters: string, index: ReadonlyMap<string, number>, { sizes }: Case): number =>
  [...letters].reduce((place, letter) => place * (sizes.get(letter) ?? 1) + (index.get(letter) ?? 0), 0);

/** Σ over all axes of the products of the numbers, by the definition. */
const byLoops = (one: Case, numbers: readonly Float64Array[]): Float64Array => {
  const result = new Float64Array(indicesOf(one.output, one).length);
  const letters = [...new Set([...one.operands.join('')])].join('');
  for (const index of indicesOf(letters, one)) {
    const place = placeOf(one.output, index, one);
    const product = one.operands.reduce(
      (all, operand, i) => all * (numbers[i]?.[placeOf(operand, index, one)] ?? Number.NaN),
      1,
    );
    result[place] = (result[place] ?? 0) + product;
  }
  return result;
};

describe.each(backends)('einsum on %s', (backend) => {
  beforeAll(() => started(backend));

  it('is the sum of products, whatever the equation', () => {
    const numRuns = casesOf(200);
    console.log(`einsum by loops on ${backend}: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(cases, fc.nat(), (one, seed) => {
        const before = liveTensors();
        scope(() => {
          const tensors = one.operands.map((operand, i) =>
            Key.uniform(
              Key.fold(Key.key(seed), i),
              [...operand].map((letter) => one.sizes.get(letter) ?? 1),
              -1,
              1,
            ),
          );
          const numbers = tensors.map(toHost);
          const found = einsum(`${one.operands.join(',')}->${one.output}`, ...tensors);
          expect(found.shape).toEqual([...one.output].map((letter) => one.sizes.get(letter)));
          const expected = byLoops(one, numbers);
          const scale = byLoops(
            one,
            numbers.map((row) => row.map(Math.abs)),
          );
          toHost(found).forEach((value, i) => {
            expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(
              tolerance(backend) * (scale[i] ?? 0),
            );
          });
          for (const x of tensors) expect(x.isDisposed).toBe(false);
        });
        expect(liveTensors()).toBe(before);
      }),
      { seed: SEED, numRuns },
    );
  });

  /** 0, 1, … in a shape. */
  const counted = (...shape: readonly number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return reshape(range(0, size, 1, 'float32'), [...shape]);
  };

  // numpy.einsum of NumPy 2.4.6, on numpy.arange(…).reshape(…).
  const known: readonly (readonly [string, readonly (readonly number[])[], readonly number[]])[] = [
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 2],
      ],
      [10, 13, 28, 40],
    ],
    [
      'bij,bjk->bik',
      [
        [2, 2, 3],
        [2, 3, 2],
      ],
      [10, 13, 28, 40, 172, 193, 244, 274],
    ],
    [
      'bqhd,bkhd->bhqk',
      [
        [1, 2, 2, 2],
        [1, 2, 2, 2],
      ],
      [1, 5, 5, 41, 13, 33, 33, 85],
    ],
    ['i,j->ji', [[2], [3]], [0, 0, 0, 1, 0, 2]],
    [',ij->j', [[], [2, 3]], [0, 0, 0]],
    [
      'ij,jk,kl->il',
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
      [6, 11, 22, 39],
    ],
    ['ij->', [[2, 3]], [15]],
    ['ij,k->i', [[2, 3], [2]], [3, 12]],
  ];
  for (const [equation, shapes, expected] of known)
    it(`gives NumPy's numbers of ${equation}`, () => {
      const found = scope(() => [...toHost(einsum(equation, ...shapes.map((shape) => counted(...shape))))]);
      expect(found).toEqual(expected);
    });

  it('gives a tensor of its own, also where nothing is to be done', () => {
    const x = tensor([1, 2]);
    const same = einsum('i->i', x);
    same.dispose();
    expect([...toHost(x)]).toEqual([1, 2]);
    x.dispose();
  });
});

describe('what einsum refuses is one line', () => {
  beforeAll(() => started('wasm'));

  const lines: readonly (readonly [string, readonly (readonly number[])[], string])[] = [
    [
      'ij,jk',
      [
        [2, 3],
        [3, 4],
      ],
      'options error at einsum "ij,jk", character 6: expected -> and the axes of the output, found the end',
    ],
    [
      'i1->i',
      [[2, 3]],
      'options error at einsum "i1->i", character 2: expected a letter for each axis, found "1"',
    ],
    [
      '...i->i',
      [[2, 3]],
      'options error at einsum "...i->i", character 1: expected a letter for each axis, found "."',
    ],
    [
      'i,j->i->j',
      [[2], [3]],
      'options error at einsum "i,j->i->j", character 7: expected a letter for each axis, found "-"',
    ],
    [
      'ij, jj -> i',
      [
        [2, 3],
        [3, 3],
      ],
      'options error at einsum "ij, jj -> i", character 6: expected each letter once in an operand, found j again',
    ],
    [
      'ij->ii',
      [[2, 3]],
      'options error at einsum "ij->ii", character 6: expected each letter once in the output, found i again',
    ],
    [
      'ij,jk->iq',
      [
        [2, 3],
        [3, 4],
      ],
      'options error at einsum "ij,jk->iq", character 9: expected an axis of an operand, found q',
    ],
    [
      'ij,jk->ik',
      [[2, 3]],
      'options error at einsum "ij,jk->ik": expected 2 tensors, one for each operand, found 1',
    ],
    ['->', [], 'options error at einsum "->": expected 1 tensors, one for each operand, found 0'],
    [
      'ij,jk->ik',
      [[2, 3], [3]],
      'shape error at einsum "ij,jk->ik", operand 2: expected a tensor of 2 axes, jk, found a tensor [3]',
    ],
    [
      ',i->i',
      [[1], [3]],
      'shape error at einsum ",i->i", operand 1: expected a tensor of 0 axes, a scalar, found a tensor [1]',
    ],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [1, 4],
      ],
      'shape error at einsum "ij,jk->ik", operand 2, axis j: expected size 3, as before, found size 1',
    ],
  ];
  for (const [equation, shapes, line] of lines)
    it(line, () => {
      const before = liveTensors();
      const tensors = shapes.map((shape) => ones([...shape]));
      expect(messageOf(attemptAll('f', () => einsum(equation, ...tensors)))).toBe(line);
      dispose(...tensors);
      expect(liveTensors()).toBe(before);
    });

  it('whole numbers', () => {
    const x = scope(() => cast(ones([2]), 'int32'));
    expect(messageOf(attemptAll('f', () => einsum('i->', x)))).toBe(
      'data error at einsum "i->", operand 1: expected real numbers, found int32',
    );
    x.dispose();
  });

  it('for what is no equation, no tensor, or a tensor that was freed', () => {
    const x = tensor([1, 2], [2]);
    const freed = tensor([1, 2], [2]);
    freed.dispose();
    // Programs without types give anything.
    const line = (equation: unknown, ...tensors: readonly unknown[]): string =>
      messageOf(attempt(() => einsum(equation as string, ...(tensors as readonly Tensor[]))));
    expect([
      line('i->i', undefined),
      line('i,i->', x, [1, 2]),
      line('i,i->', x, freed),
      line(undefined, x),
    ]).toEqual([
      'data error at einsum "i->i", operand 1: expected a tensor, found undefined',
      'data error at einsum "i,i->", operand 2: expected a tensor, found object',
      'memory error at einsum "i,i->", operand 2: expected a tensor that lives, found a freed one',
      "options error at einsum: expected an equation, such as 'ij,jk->ik', found undefined",
    ]);
    x.dispose();
  });
});
