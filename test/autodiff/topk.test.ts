/** The greatest entries of rows: order, ties, NaN, gradients and what is refused. */
import { mul, reshape, scalar, square, sum, tensor, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  type Backend,
  dispose,
  liveTensors,
  scope,
  toHost,
  topk,
  valueAndGradient,
} from '../../src';
import { attemptAll } from '../../src/internal';
import { casesOf, messageOf, right, started, testBackends } from '../support';

const SEED = 1;
const backends: readonly Backend[] = [...testBackends, 'float64'];

// Type alias: only aliases are trees to the compiler.
type P = { readonly x: Tensor };

/** The gradient of Σ f(x) ⊙ u. */
const gradient = (f: (x: Tensor) => Tensor, x: Tensor, u: readonly number[]): number[] =>
  scope(() => [
    ...toHost(
      right(valueAndGradient(({ x: y }: P) => sum(mul(reshape(f(y), [u.length]), tensor1d([...u]))))({ x }))
        .gradient.x,
    ),
  ]);

describe.each(backends)('topk on %s', (backend) => {
  beforeAll(() => started(backend));

  const of = (row: readonly number[], k: number): readonly [number[], number[]] =>
    scope(() => {
      const { values, indices } = topk(tensor1d([...row]), k);
      expect(indices.dtype).toBe('int32');
      return [[...toHost(values)], [...toHost(indices)]];
    });

  it('takes whole numbers too, and says of what else it takes none', () => {
    scope(() => {
      const { values, indices } = topk(tensor1d([2, 7, 7, 1], 'int32'), 2);
      expect([[...toHost(values)], [...toHost(indices)]]).toEqual([
        [7, 7],
        [1, 2],
      ]);
      expect(messageOf(attempt(() => topk(tensor1d([true, false], 'bool'), 1)))).toMatch(
        /^data error at topk: /,
      );
    });
  });

  it('takes the greatest first, of equal ones the first, and a NaN before all numbers', () => {
    expect(of([1, 3, 2, 3, -1], 3)).toEqual([
      [3, 3, 2],
      [1, 3, 2],
    ]);
    expect(of([0, -0, 0], 2)).toEqual([
      [0, -0],
      [0, 1],
    ]);
    expect(of([-Infinity, 1, Infinity, Number.NaN, Infinity, Number.NaN], 4)).toEqual([
      [Number.NaN, Number.NaN, Infinity, Infinity],
      [3, 5, 2, 4],
    ]);
    expect(of([-Infinity, Number.NaN, -Infinity], 3)).toEqual([
      [Number.NaN, -Infinity, -Infinity],
      [1, 0, 2],
    ]);
  });

  it('takes rows of any rank, and all of them', () => {
    scope(() => {
      const x = tensor([1, 2, 3, 6, 5, 4, 0, 0, 0, -1, -2, -3], [2, 2, 3]);
      const { values, indices } = topk(x, 2);
      expect([values.shape, indices.shape]).toEqual([
        [2, 2, 2],
        [2, 2, 2],
      ]);
      expect([...toHost(values)]).toEqual([3, 2, 6, 5, 0, 0, -1, -2]);
      expect([...toHost(indices)]).toEqual([2, 1, 0, 1, 0, 1, 0, 1]);
    });
  });

  it('is the start of the sorted row', () => {
    const numRuns = casesOf(100);
    console.log(`topk by sorting on ${backend}: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (row, at) => {
          const k = 1 + (at % row.length);
          const before = liveTensors();
          const [values, indices] = of(row, k);
          expect(liveTensors()).toBe(before);
          // Array.prototype.sort is stable.
          expect(values).toEqual([...row].sort((a, b) => b - a).slice(0, k));
          expect(values).toEqual(indices.map((i) => row[i]));
          expect(indices).toEqual([...row.keys()].sort((i, j) => (row[j] ?? 0) - (row[i] ?? 0)).slice(0, k));
        },
      ),
      { seed: SEED, numRuns },
    );
  });

  it('puts the cotangents in their places, those of ties at the first', () => {
    scope(() => {
      const x = tensor([1, 3, 2, 5, 5, 4], [2, 3]);
      expect(gradient((y) => topk(y, 2).values, x, [10, 20, 30, 40])).toEqual([0, 10, 20, 30, 40, 0]);
      expect(gradient((y) => topk(y, 1).values, x, [10, 20])).toEqual([0, 10, 0, 20, 0, 0]);
      expect(gradient((y) => square(topk(y, 1).values), x, [1, 1])).toEqual([0, 6, 0, 10, 0, 0]);
      // Also with the indices in use, which have no derivative.
      expect(gradient((y) => mul(topk(y, 1).values, topk(y, 1).indices), x, [1, 1])).toEqual([
        0, 1, 0, 0, 0, 0,
      ]);
    });
  });
});

describe('topk refuses in one line', () => {
  beforeAll(() => started('wasm'));

  for (const [k, found] of [
    [0, '0'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
  ] as const)
    it(`k = ${found}`, () => {
      const x = tensor1d([1, 2, 3]);
      expect(messageOf(attemptAll('f', () => topk(x, k)))).toBe(
        `options error at topk: k: expected a whole number of at least 1, found ${found}`,
      );
      x.dispose();
    });

  it('what is no tensor of real numbers, and one that was freed', () => {
    // Programs without types give anything.
    const line = (x: unknown): string => messageOf(attempt(() => topk(x as Tensor, 1)));
    const [texts, freed] = [tensor1d(['a', 'b']), tensor1d([1])];
    freed.dispose();
    expect([texts, undefined, [1, 2], freed].map(line)).toEqual([
      'data error at topk: expected real numbers, found string',
      'data error at topk: expected a tensor, found undefined',
      'data error at topk: expected a tensor, found object',
      'memory error at topk: expected a tensor that lives, found a freed one',
    ]);
    texts.dispose();
  });

  it('more than there are, and a scalar', () => {
    const [x, s] = [tensor([1, 2, 3, 4, 5, 6], [2, 3]), scalar(1)];
    expect(messageOf(attemptAll('f', () => topk(x, 4)))).toBe(
      'options error at topk: k: expected at most 3, the last axis of [2, 3], found 4',
    );
    expect(messageOf(attemptAll('f', () => topk(s, 1)))).toBe(
      'shape error at topk: expected a tensor of at least one axis, found a scalar',
    );
    dispose(x, s);
  });
});
