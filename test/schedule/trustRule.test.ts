/** The rule of a step under trust, beside its own few lines in plain numbers: on one parameter, whose loss is a polynomial. */
import * as fc from 'fast-check';
import { add, mean, mul, sub, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bias,
  energyOf,
  explicit,
  type Loss,
  scope,
  theta,
  toHost,
  toNumber,
  Tree,
  trusted,
  chain,
  Key,
  linear,
  squaredError,
} from '../../src';
import { runDirection } from '../../src/internal';
import { logUniform } from '../../laws';
import { casesOf, started } from '../support';

const SEED = 6;

interface Case {
  /** f(y) = −slope·y + curvature/2·y² + skew·y³ + y⁴/32: of numbers that float32 holds. */
  readonly slope: number;
  readonly curvature: number;
  readonly skew: number;
  readonly first: number;
  readonly metric: number;
  readonly turns: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  slope: fc.constantFrom(-3, -0.125, 0.5, 1, 20),
  curvature: fc.constantFrom(0, 0.25, 1, 30),
  skew: fc.constantFrom(0, 0.125, -2, 5),
  first: logUniform(1e-3, 1e3),
  metric: logUniform(0.1, 10),
  turns: fc.integer({ min: 1, max: 6 }),
});

const valueAt = ({ slope, curvature, skew }: Case, y: number): number =>
  -slope * y + (curvature / 2) * y ** 2 + skew * y ** 3 + y ** 4 / 32;
const slopeAt = ({ slope, curvature, skew }: Case, y: number): number =>
  -slope + curvature * y + 3 * skew * y ** 2 + y ** 3 / 8;

const lossOf = (c: Case): Loss => ({
  name: 'polynomial',
  classifies: false,
  value: (y: Tensor) => {
    const times = (by: number, t: Tensor): Tensor => mul(t, by);
    const [two, three] = [mul(y, y), mul(y, mul(y, y))];
    return mean(
      add(
        sub(times(c.curvature / 2, two), times(c.slope, y)),
        add(times(c.skew, three), times(1 / 32, mul(two, two))),
      ),
    );
  },
});

interface Turn {
  readonly before: number;
  readonly after: number;
  readonly predicted: number;
  readonly scale: number;
  readonly accepted: boolean;
  readonly passes: number;
}

const clipped = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));
/** Where the parabola through J, its slope and J at s is lowest, in units of s. */
const lowest = (ratio: number): number => (ratio < 1 ? 1 / (2 * (1 - ratio)) : Infinity);

/** The rule, on steps u = metric·f'(y) from y = 0. */
const byRule = (c: Case): { readonly turns: readonly Turn[]; readonly y: number; readonly next: number } => {
  const turns: Turn[] = [];
  let [y, s] = [0, Math.fround(c.first)];
  const metric = Math.fround(c.metric);
  for (let turn = 0; turn < c.turns; turn++) {
    const [before, g] = [valueAt(c, y), slopeAt(c, y)];
    const u = metric * g;
    for (let passes = 1; ; passes++) {
      const after = valueAt(c, y - s * u);
      const predicted = s * u * g;
      const ratio = (before - after) / predicted;
      if (predicted > 0 && ratio >= 1e-4) {
        turns.push({ before, after, predicted, scale: s, accepted: true, passes });
        y -= s * u;
        s = Math.fround(s * clipped(lowest(ratio), 0.25, 4));
        break;
      }
      if (!(predicted > 1e-8 * Math.abs(before))) {
        turns.push({ before, after: before, predicted, scale: 0, accepted: false, passes });
        return { turns, y, next: s };
      }
      s = Math.fround(s * clipped(Number.isFinite(ratio) ? lowest(ratio) : 0, 0.1, 0.5));
    }
  }
  return { turns, y, next: s };
};

const run = (c: Case, search: boolean) => {
  const net = bias([1]);
  const energy = energyOf(net, lossOf(c));
  const step = trusted((metric) => explicit(theta(1), metric), { ...c, search, name: 'mine' });
  const { direction, trust, memory } = runDirection(energy, step, tensor([0]), {
    input: tensor([[0]]),
    target: tensor([[0]]),
  });
  const kept = memory['mine'];
  if (kept === undefined || !('scale' in kept)) return expect.fail('a memory of its own name');
  return {
    y: -(toHost(Tree.leaves(direction)[0] ?? expect.fail('a direction'))[0] ?? Number.NaN),
    trust,
    scale: toNumber(kept.scale),
    metric: toNumber(kept.metric),
  };
};

/** Factors are held in float32: where sums in another order come to its other neighbour, the steps behind differ by that. */
const near = (found: number, expected: number): void => {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected)));
};

describe('a step under trust in float64', () => {
  beforeAll(() => started('float64'));

  it('takes, shortens and lengthens its factor by the rule, and remembers the next', () => {
    const numRuns = casesOf(200);
    console.log(`trust by its rule: ${numRuns} cases, seed ${SEED}`);
    const seen = { short: 0, long: 0, still: 0 };
    fc.assert(
      fc.property(cases, (c) => {
        scope(() => {
          const [found, expected] = [run(c, false), byRule(c)];
          // Next to a minimum ratios are those of roundings: nothing is said of what follows.
          const end = expected.turns.findIndex(
            ({ predicted, before }) => Math.abs(predicted) < 1e-6 * Math.abs(before),
          );
          if (end < 0) expect(found.trust).toHaveLength(expected.turns.length);
          expected.turns.slice(0, end < 0 ? undefined : end).forEach((turn, i) => {
            const own = found.trust[i] ?? expect.fail('a report');
            for (const name of ['before', 'after', 'predicted', 'scale'] as const)
              near(own[name], turn[name]);
            expect([own.accepted, own.passes, own.proposals, own.name]).toEqual([
              turn.accepted,
              turn.passes,
              1,
              'mine',
            ]);
            expect(own.metric).toBe(Math.fround(c.metric));
            seen.short += Number(turn.passes > 1);
            seen.long += Number(turn.accepted && turn.passes === 1);
            seen.still += Number(!turn.accepted);
          });
          expect(found.metric).toBe(Math.fround(c.metric));
          if (end >= 0) return;
          near(found.y, expected.y);
          near(found.scale, expected.next);
        });
      }),
      { seed: SEED, numRuns },
    );
    // Of each kind there were some.
    expect(Math.min(seen.short, seen.long)).toBeGreaterThan(0);
  });

  it('searches factor and metric by decades: neighbours of both are no lower', () => {
    const numRuns = casesOf(60);
    console.log(`trust by its search: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(cases, (given) => {
        scope(() => {
          const c = { ...given, turns: 1 };
          const [one] = run(c, true).trust;
          if (one === undefined) return expect.fail('a report');
          const decades = (value: number, start: number): number => Math.log10(value / start);
          near(decades(one.metric, c.metric) - Math.round(decades(one.metric, c.metric)), 0);
          if (!one.accepted || one.passes < 3) return;
          // The factor that was found may have been shortened then: it is one of those that were tried.
          const at = (s: number): number => valueAt(c, -s * one.metric * slopeAt(c, 0));
          const found = one.scale;
          const step = decades(found, Math.fround(c.first));
          if (Math.abs(step - Math.round(step)) > 1e-6) return;
          expect(at(found)).toBeLessThan(0);
          for (const other of [found * 10, found / 10])
            expect(at(other)).toBeGreaterThanOrEqual(at(found) - 1e-6 * Math.abs(at(0)) - 1e-9);
        });
      }),
      { seed: SEED, numRuns },
    );
  });

  it('is given up at once where nothing behind the parameters has moved, so that nothing is promised', () => {
    scope(() => {
      const net = chain(linear(2, 3), linear(3, 1));
      const energy = energyOf(net, squaredError);
      const example = { input: tensor([[1, 2]]), target: tensor([[1]]) };
      const step = trusted(explicit(theta(1), 1));
      const { trust } = runDirection(energy, step, net.init(Key.key(1)), example);
      expect(trust).toHaveLength(1);
      const [{ before, after, ...rest } = expect.fail('a report')] = trust;
      expect(after).toBe(before);
      expect(rest).toMatchObject({
        predicted: 0,
        scale: 0,
        accepted: false,
        passes: 1,
        proposals: 1,
        name: 'trust',
      });
    });
  });
});
