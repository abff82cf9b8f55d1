/** Random search and successive halving: functions of seeds and results, whoever trains. */
import * as fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as lineOf } from '../../src';
import {
  builtIn,
  type Cell,
  type Distribution,
  drawn,
  planned,
  promoted,
  readExperiment,
  rungsOf,
  type Search,
  type TrainingConfig,
} from '../../src/experiment';
import { right } from '../support';
import { small } from './small';

const RUNS = { numRuns: 200 };

const distributions: fc.Arbitrary<Distribution> = fc.oneof(
  fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
    .map(([from, width]): Distribution => ({ type: 'uniform', from, to: from + width })),
  fc
    .tuple(fc.double({ min: 1e-8, max: 1, noNaN: true }), fc.double({ min: 1.01, max: 1e8, noNaN: true }))
    .map(([from, times]): Distribution => ({ type: 'logUniform', from, to: from * times })),
  fc
    .array(fc.string(), { minLength: 1, maxLength: 5 })
    .map((values): Distribution => ({ type: 'choice', values })),
);

const searches: fc.Arbitrary<Search> = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  space: fc.dictionary(fc.constantFrom('a', 'b', 'c.d'), distributions, { minKeys: 1 }),
});

describe('a random search', () => {
  /** What a searcher must not do; nothing where it is right. */
  const violation = (
    searching: (search: Search) => readonly unknown[],
    search: Search,
  ): string | undefined => {
    const some = searching(search).map((choice) => JSON.stringify(choice));
    const again = searching(search).map((choice) => JSON.stringify(choice));
    if (some.join() !== again.join()) return 'other settings the second time';
    if (new Set(some).size !== some.length) return 'a setting twice';
    const more = searching({ ...search, count: search.count + 7 }).map((choice) => JSON.stringify(choice));
    return more.slice(0, some.length).join() === some.join() ? undefined : 'others with a larger count';
  };

  it('draws the same settings again, each once, and goes on with a larger count', () => {
    fc.assert(
      fc.property(searches, (search) => {
        expect(violation(drawn, search)).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('is told from one that is random, that repeats, and that depends on the count', () => {
    const search: Search = {
      count: 20,
      seed: 1,
      space: { a: { type: 'logUniform', from: 1e-4, to: 1 }, b: { type: 'choice', values: [1, 2] } },
    };
    expect(violation(() => [Math.random()], search)).toBe('other settings the second time');
    expect(violation((s) => [...drawn(s), ...drawn(s)], search)).toBe('a setting twice');
    expect(violation((s) => drawn({ ...s, seed: s.count }), search)).toBe('others with a larger count');
  });

  it('stays in its ranges', () => {
    fc.assert(
      fc.property(searches, (search) => {
        for (const choice of drawn(search))
          for (const [path, value] of choice) {
            const distribution = search.space[path];
            if (distribution?.type === 'choice') expect(distribution.values).toContain(value);
            else if (distribution !== undefined) {
              expect(value).toBeGreaterThanOrEqual(distribution.from);
              expect(value).toBeLessThanOrEqual(distribution.to);
            }
          }
      }),
      RUNS,
    );
  });

  it('has as many draws in each decade, or in each part of a range', () => {
    const count = 4000;
    const shares = (distribution: Distribution, place: (value: number) => number): readonly number[] => {
      const values = drawn({ count, seed: 5, space: { a: distribution } }).map((choice) =>
        Number(choice[0]?.[1]),
      );
      return [0, 1, 2, 3].map(
        (i) => values.filter((value) => Math.floor(place(value)) === i).length / values.length,
      );
    };
    // Four standard deviations of a share of 4000 draws (those that round to one value count once): 4·√(¼·¾/3000).
    for (const share of shares({ type: 'logUniform', from: 1e-4, to: 1 }, (v) => Math.log10(v) + 4))
      expect(Math.abs(share - 0.25)).toBeLessThan(0.035);
    for (const share of shares({ type: 'uniform', from: 10, to: 50 }, (v) => (v - 10) / 10))
      expect(Math.abs(share - 0.25)).toBeLessThan(0.035);
    // The other one's places would not do.
    expect(shares({ type: 'uniform', from: 1e-4, to: 1 }, (v) => Math.log10(v) + 4)[3]).toBeGreaterThan(0.8);
  });
});

describe('successive halving', () => {
  it('has rungs that grow to all epochs', () => {
    expect(rungsOf(20, undefined)).toEqual([20]);
    expect(rungsOf(20, { from: 2, factor: 3 })).toEqual([2, 6, 18, 20]);
    expect(rungsOf(8, { from: 2, factor: 2 })).toEqual([2, 4, 8]);
  });

  const losses = fc.array(fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constant(Infinity)), {
    minLength: 1,
    maxLength: 30,
  });

  it('lets the best go on, in their order, and one at least', () => {
    fc.assert(
      fc.property(losses, fc.integer({ min: 2, max: 5 }), (all, factor) => {
        const on = promoted(
          all.map((value, i) => ({ value, i })),
          ({ value }) => value,
          factor,
        );
        expect(on.length).toBe(Math.max(1, Math.floor(all.length / factor)));
        expect(on.map(({ i }) => i)).toEqual(on.map(({ i }) => i).sort((a, b) => a - b));
        const worst = Math.max(...on.map(({ value }) => value));
        expect(all.filter((value) => value < worst).length).toBeLessThan(on.length);
      }),
      RUNS,
    );
    expect(promoted([Infinity, Infinity, Infinity], (loss) => loss, 3)).toEqual([Infinity]);
  });

  const config: TrainingConfig = {
    ...small(),
    tuning: { epochs: 9, seed: 7, halving: { from: 1, factor: 3 } },
    methods: [
      {
        name: 'backprop',
        schedule: { type: 'backprop' },
        optimizer: { type: 'sgd', rate: 1 },
        search: {
          count: 9,
          seed: 3,
          space: { 'optimizer.rate': { type: 'logUniform', from: 0.001, to: 10 } },
        },
      },
    ],
  };

  it('is one rung after the other in a plan, and ends where one setting is left', () => {
    const plan = right(planned({ path: 'FILE', config, registry: builtIn }));
    if (plan.kind !== 'training') throw new Error('a training');
    const lossOfCell = ({ trainer }: Cell): number => Math.abs(Number(trainer.optimizer?.['rate']) - 0.1);
    const ended = (cells: readonly Cell[]) =>
      cells.map((cell) => ({
        ...cell,
        runs: [
          {
            seed: cell.seed,
            ending: { outcome: 'done' as const, reason: '' },
            lines: [
              { epoch: cell.epochs, seconds: 0, trainLoss: lossOfCell(cell), testLoss: 0, testAccuracy: 0 },
            ],
          },
        ],
      }));
    const first = plan.plan.tuning;
    const second = plan.plan.next(ended(first), 0);
    const third = plan.plan.next(ended(second), 1);
    expect([first, second, third].map((cells) => cells.map(({ epochs }) => epochs))).toEqual([
      Array.from({ length: 9 }, () => 1),
      [3, 3, 3],
      // Nothing is left to be chosen.
      [],
    ]);
    const kept = [...first].sort((a, b) => lossOfCell(a) - lossOfCell(b)).slice(0, 3);
    expect(new Set(second.map(({ choice }) => JSON.stringify(choice)))).toEqual(
      new Set(kept.map(({ choice }) => JSON.stringify(choice))),
    );
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(12);
  });
});

describe('a configuration with a search', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-search-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const said = async (change: object, tuning: object = {}): Promise<string> => {
    const path = join(folder, 'a.json');
    const [method] = small().methods;
    const { vary: _vary, ...fixed } = Object(method) as { readonly vary: unknown };
    writeFileSync(
      path,
      JSON.stringify({
        ...small(),
        tuning: { epochs: 4, seed: 1, ...tuning },
        methods: [{ ...fixed, ...change }],
      }),
    );
    const read = await readExperiment(path)();
    if (E.isLeft(read)) return lineOf(read.left).replaceAll(path, 'FILE');
    const plan = planned(read.right);
    if (E.isLeft(plan)) return lineOf(plan.left).replaceAll(path, 'FILE');
    if (plan.right.kind !== 'training') return 'no training';
    return `${plan.right.plan.contenders.flat().length} settings`;
  };

  const space = { 'optimizer.rate': { type: 'logUniform', from: 0.01, to: 1 } };
  const rows: readonly (readonly [object, object, string])[] = [
    [{ search: { count: 5, seed: 1, space } }, {}, '5 settings'],
    [
      { search: { count: 5, seed: 1, space }, vary: {} },
      {},
      'options error at FILE: methods.0.search: expected a search or vary, found both',
    ],
    [
      { search: { count: 0, seed: 1, space } },
      {},
      'options error at FILE: methods.0.search.count: expected a whole number of at least 1, found 0',
    ],
    [
      { search: { count: 5, seed: 1, space: { 'optimizer.rate': { type: 'normal' } } } },
      {},
      'options error at FILE: methods.0.search.space.optimizer.rate.type: expected one of uniform, logUniform, choice, found "normal"',
    ],
    [
      { search: { count: 5, seed: 1, space: { 'optimizer.rate': { type: 'uniform', from: 1, to: 1 } } } },
      {},
      'options error at FILE: methods.0.search.space.optimizer.rate: expected a range with from below to, found {"type":"uniform","from":1,"to":1}',
    ],
    [
      { search: { count: 5, seed: 1, space: { 'optimizer.pace': space['optimizer.rate'] } } },
      {},
      'options error at FILE: methods.0.optimizer.pace: expected no such key, but rate, type',
    ],
    [
      { search: { count: 5, seed: 1, space } },
      { halving: { from: 4, factor: 2 } },
      'options error at FILE: tuning: expected a tuning whose halving.from is below its 4 epochs, found ',
    ],
  ];
  it.each(rows)('%j, %j', async (change, tuning, line) => {
    expect((await said(change, tuning)).slice(0, line.length)).toBe(line);
  });
});
