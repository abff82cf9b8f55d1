/** Keys and ranges that are none, and the ends of uniform numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, Key, scope, toHost } from '../../src';
import { messageOf, started } from '../support';

describe('numbers of keys', () => {
  beforeAll(() => started('cpu'));

  it.each([0.5, Number.NaN, -1, 2 ** 32, 1764042000000, Infinity])('fold refuses %d', (index) => {
    expect(messageOf(attempt(() => Key.fold(Key.key(1), index)))).toBe(
      `options error at fold: expected a whole number in [0, 2^32), found ${index}`,
    );
  });

  it('fold takes both ends of its range', () => {
    expect(Key.fold(Key.key(1), 0)).not.toEqual(Key.fold(Key.key(1), 2 ** 32 - 1));
  });

  it.each([
    [1000, 1001],
    [0.3, 0.7],
    [-0.7, -0.3],
    [2 ** 24, 2 ** 24 + 4],
    [-1, 0],
    [-3e38, 3e38],
  ])('uniform stays in [%d, %d)', (low, high) => {
    scope(() => {
      const values = toHost(Key.uniform(Key.key(1), [100_000], low, high));
      expect(values.every((v) => v >= low && v < high)).toBe(true);
    });
  });

  it.each([
    [1, 1],
    [2, 1],
    [0, Infinity],
    [0.1, 0.1000000001],
  ])('uniform refuses [%d, %d)', (low, high) => {
    expect(messageOf(attempt(() => Key.uniform(Key.key(1), [2], low, high)))).toBe(
      `options error at uniform: expected finite low < high with a float32 number in [low, high), found [${low}, ${high})`,
    );
  });
});
