import { describe, expect, it, beforeAll } from 'vitest';
import { Key, scope, toHost } from '../../src';
import { started } from '../support';

describe('Threefry-2x32-20', () => {
  it('gives the known answers of its authors', () => {
    const hex = ([a, b]: readonly [number, number]): string => `${a.toString(16)} ${b.toString(16)}`;
    const all = 0xffffffff;
    expect(hex(Key.threefry({ high: 0, low: 0 }, 0, 0))).toBe('6b200159 99ba4efe');
    expect(hex(Key.threefry({ high: all, low: all }, all, all))).toBe('1cb996fc bb002be7');
    expect(hex(Key.threefry({ high: 0x13198a2e, low: 0x03707344 }, 0x243f6a88, 0x85a308d3))).toBe(
      'c4923a9c 483df7a0',
    );
  });
});

describe('draws', () => {
  beforeAll(() => started('cpu'));
  const n = 20_000;
  const moments = (values: Float64Array): readonly [number, number] => {
    const mean = values.reduce((a, b) => a + b, 0) / n;
    return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / n];
  };
  it('uniform and normal numbers have their moments, within five standard errors', () => {
    scope(() => {
      const [mean, variance] = moments(toHost(Key.uniform(Key.key(1), [n], -1, 1)));
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(3 * n));
      expect(Math.abs(variance - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
      const [m, v] = moments(toHost(Key.normal(Key.key(2), [n])));
      expect(Math.abs(m)).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(v - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    });
  });
  it('permutations are permutations, different for different keys', () => {
    const [a, b] = [Key.permutation(Key.key(1), 1000), Key.permutation(Key.key(2), 1000)];
    expect([...a].sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(a).not.toEqual(b);
    expect(Key.permutation(Key.key(1), 1000)).toEqual(a);
  });
  it('split is fold, and a bad seed one line', () => {
    expect(Key.split(Key.key(3), 3)).toEqual([0, 1, 2].map((i) => Key.fold(Key.key(3), i)));
    for (const seed of [-1, 1.5, Number.NaN])
      expect(() => Key.key(seed)).toThrow(
        `options error at seed: expected a whole number in [0, 2^53), found ${seed}`,
      );
  });
});
