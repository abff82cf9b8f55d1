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

  it('fall along a line', () => {
    expect([0, 1, 3, 4, 9].map(Optimizer.linear(0.5, 4, 0.1))).toEqual([0.5, 0.4, 0.2, 0.1, 0.1]);
  });

  it('rise along a line, never from 0, to whatever comes', () => {
    expect([0, 1, 3, 4, 9].map(Optimizer.warmup(0.5, 4))).toEqual([0.125, 0.25, 0.5, 0.5, 0.5]);
    const falling = Optimizer.warmup(Optimizer.stepDecay(0.5, 2, 0.5), 4);
    expect([0, 1, 2, 3, 4].map(falling)).toEqual([0.125, 0.25, 0.1875, 0.25, 0.125]);
  });

  it('restart, after ever as many updates or after more', () => {
    const even = Optimizer.sgdr(0.5, 4);
    expect([0, 4, 8, 4_000_000].map(even)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect([2, 6, 4_000_002].map(even)).toEqual([2, 2, 2].map(Optimizer.cosine(0.5, 4)));
    const longer = Optimizer.sgdr(0.5, 2, 3, 0.1);
    // Restarts after 2, 2 + 6 and 2 + 6 + 18 updates.
    expect([0, 2, 8, 26].map(longer)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect([7, 25].map(longer)).toEqual([
      Optimizer.cosine(0.5, 6, 0.1)(5),
      Optimizer.cosine(0.5, 18, 0.1)(17),
    ]);
  });

  it('follow each other, each from its own beginning', () => {
    const pieces = [
      { rate: Optimizer.linear(0.4, 4), steps: 2 },
      { rate: 1, steps: 1 },
    ];
    expect([0, 1, 2, 3, 4, 9].map(Optimizer.joined(pieces, Optimizer.linear(0.4, 2)))).toEqual([
      ...[0.4, 0.4 * 0.75, 1],
      ...[0.4, 0.2, 0],
    ]);
    expect(Optimizer.joined([{ rate: 1, steps: 3 }], 0)(3)).toBe(0);
  });

  it.each([
    [
      Optimizer.cosine(0.5, 4, Infinity),
      'last learning rate: expected a finite number of at least 0, found Infinity',
    ],
    [Optimizer.cosine(-1, 4), 'learning rate: expected a positive finite number, found -1'],
    [Optimizer.cosine(0.5, 0), 'learning rate steps: expected a whole number of at least 1, found 0'],
    [Optimizer.linear(0.5, 4, -1), 'last learning rate: expected a finite number of at least 0, found -1'],
    [Optimizer.linear(0.5, 1.5), 'learning rate steps: expected a whole number of at least 1, found 1.5'],
    [Optimizer.warmup(0.5, 0), 'warm-up steps: expected a whole number of at least 1, found 0'],
    [Optimizer.warmup(-1, 5), 'learning rate: expected a finite number of at least 0, found -1'],
    [Optimizer.sgdr(0.5, 0), 'learning rate steps: expected a whole number of at least 1, found 0'],
    [Optimizer.sgdr(0.5, 4, 0.5), 'restart factor: expected a whole number of at least 1, found 0.5'],
    [Optimizer.sgdr(0, 4), 'learning rate: expected a positive finite number, found 0'],
    [
      Optimizer.joined(
        [
          { rate: 1, steps: 1 },
          { rate: 1, steps: 0 },
        ],
        1,
      ),
      'learning rate piece 1 steps: expected a whole number of at least 1, found 0',
    ],
    [
      Optimizer.joined([{ rate: Number.NaN, steps: 1 }], 1),
      'learning rate: expected a finite number of at least 0, found NaN',
    ],
    [Optimizer.stepDecay(0.5, 10, 0), 'learning rate factor: expected a positive finite number, found 0'],
  ])('%#: refuse what is none', (rate, line) => {
    expect(messageOf(attempt(() => rate(0)))).toBe(`options error at ${line}`);
  });
});
