/** Learning rates over time: their values, and the line for a bad one when it is first asked for. */
import { describe, expect, it } from 'vitest';
import { attempt, Optimizer } from '../../src';
import { messageOf } from '../support';

describe('learning rates', () => {
  it('fall from the first to the last along half a cosine', () => {
    const rate = Optimizer.cosine(0.5, 4, 0.1);
    expect(rate(0)).toBe(0.5);
    expect(rate(2)).toBeCloseTo(0.3, 12);
    for (const step of [4, 5, 100]) expect(rate(step)).toBeCloseTo(0.1, 12);
  });

  it.each([
    [
      Optimizer.cosine(0.5, 4, Infinity),
      'last learning rate: expected a finite number of at least 0, found Infinity',
    ],
    [Optimizer.cosine(-1, 4), 'learning rate: expected a positive finite number, found -1'],
    [Optimizer.cosine(0.5, 0), 'learning rate steps: expected a whole number of at least 1, found 0'],
    [Optimizer.stepDecay(0.5, 10, 0), 'learning rate factor: expected a positive finite number, found 0'],
  ])('%#: refuse what is none', (rate, line) => {
    expect(messageOf(attempt(() => rate(0)))).toBe(`options error at ${line}`);
  });
});
