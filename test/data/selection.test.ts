import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dataset, examplesOf, firstExamples, type Split } from '../../src';
import { messageOf, right } from '../support';

const SEED = 1;

const split = (count: number): Split => ({
  images: Float32Array.from({ length: count * 6 }, (_, i) => i / (6 * count)),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
  count,
});
const data: Dataset = {
  name: 'Things',
  origin: 'two files',
  shape: [2, 3],
  classes: 10,
  train: split(20),
  test: split(12),
};

describe('examplesOf', () => {
  it('gives images and classes, or images twice, without copies', () => {
    const { images, labels } = data.test;
    expect({ ...examplesOf(data, data.test) }).toMatchObject({
      shape: [2, 3],
      inputs: images,
      targets: labels,
      count: 12,
    });
    const restored = examplesOf(data, data.test, 'input');
    expect(restored).toMatchObject({
      shape: [2, 3],
      inputs: images,
      targets: images,
      targetShape: [2, 3],
      count: 12,
    });
    expect(restored.targets).toBe(images);
  });
});

describe('firstExamples', () => {
  it('keeps the first of each split', () => {
    console.log(`first examples: 100 cases, seed ${SEED}`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12 }), (train, test) => {
        const taken = right(firstExamples(data, { train, test }));
        expect([taken.train.count, taken.test.count]).toEqual([train, test]);
        expect([...taken.train.images]).toEqual([...data.train.images].slice(0, 6 * train));
        expect([...taken.test.images]).toEqual([...data.test.images].slice(0, 6 * test));
        expect([...taken.train.labels]).toEqual([...data.train.labels].slice(0, train));
        expect([...taken.test.labels]).toEqual([...data.test.labels].slice(0, test));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('keeps all of a split that is not named, and says what was taken', () => {
    const taken = right(firstExamples(data, { train: 5 }));
    expect(taken.test).toEqual(data.test);
    expect(taken.origin).toBe('two files; the first 5 training and 12 test examples of them');
    expect(right(firstExamples(data, {}))).toEqual(data);
    expect(right(firstExamples(data, { train: 20, test: 12 })).origin).toBe('two files');
  });

  const cases: readonly (readonly [{ train?: number; test?: number }, string])[] = [
    [{ train: 21 }, 'train: expected at most 20 examples of Things, found 21'],
    [{ train: 1, test: 13 }, 'test: expected at most 12 examples of Things, found 13'],
    [{ train: 0 }, 'train: expected a whole number of at least 1, found 0'],
    [{ test: 1.5 }, 'test: expected a whole number of at least 1, found 1.5'],
    [{ test: Number.NaN }, 'test: expected a whole number of at least 1, found NaN'],
  ];
  for (const [selection, line] of cases)
    it(`refuses ${JSON.stringify(selection)}`, () => {
      expect(messageOf(firstExamples(data, selection))).toBe(`options error at ${line}`);
    });
});
