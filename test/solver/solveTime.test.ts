/** The price of solves in time, by a table that is written out here: no rate of any machine is in it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cg, exact, Solver } from '../../src';

const SEED = 1;

const call = (microseconds: number, gigaflops: number): Solver.CallRate => ({
  call: microseconds,
  gigaflops,
});
const free: Solver.Rate = { gigaflops: Infinity, gigabytes: Infinity };

/** Each kind of work at a speed of its own. */
const table: Solver.Rates = {
  machine: 'none',
  date: '2026-11-28',
  gram: { product: call(1, 10), patches: call(2, 20), lags: call(300, 80), dual: call(3, 30) },
  wideGram: { product: call(4, 40), dual: call(5, 50) },
  singleGram: { product: call(16, 60), dual: call(17, 70) },
  factor: { float64: call(6, 5), float32: call(18, 8), inverse: call(7, 4) },
  exact: {
    primal: {
      call: 8,
      solve: { gigaflops: 20, gigabytes: 4 },
      apply: { gigaflops: 50, gigabytes: Infinity },
    },
    dual: {
      call: 9,
      solve: { gigaflops: 25, gigabytes: Infinity },
      apply: { gigaflops: 100, gigabytes: 8 },
    },
    inverse: { call: 10, solve: free, apply: { gigaflops: 10, gigabytes: Infinity } },
  },
  single: {
    primal: { call: 19, solve: { gigaflops: 35, gigabytes: Infinity }, apply: free },
    dual: { call: 20, solve: { gigaflops: 45, gigabytes: Infinity }, apply: free },
  },
  cg: {
    primal: { call: 11, solve: { gigaflops: 40, gigabytes: Infinity }, apply: free },
    dual: { call: 12, solve: { gigaflops: 80, gigabytes: Infinity }, apply: free },
    matrixFree: {
      call: 13,
      solve: { gigaflops: 60, gigabytes: Infinity },
      apply: { gigaflops: 60, gigabytes: Infinity },
    },
  },
  small: { exact: call(14, 2), cg: call(15, 1) },
};

const R = 200;
const F = 161;
const U = 100;
const size = { rows: R, columns: F, units: U };

/** Microseconds of multiply-adds, and of numbers that are moved. */
const done = (multiplyAdds: number, gigaflops: number): number => (2 * multiplyAdds) / (1000 * gigaflops);
const moved = (numbers: number, gigabytes: number): number => (4 * numbers) / (1000 * gigabytes);

describe('the time of a solve', () => {
  it('is the sum of its parts, each at its own rate', () => {
    const primal =
      call(4, 40).call +
      done((R * F * F) / 2, 40) +
      (6 + done(F ** 3 / 6, 5)) +
      (8 + done(F * F * U, 20) + moved(F * F + 2 * F * U, 4) + done(R * F * U, 50));
    expect(Solver.solveTime('primal', size, 0, table)).toBeCloseTo(primal, 6);
    const dual =
      5 +
      done((R * R * F) / 2, 50) +
      (6 + done(R ** 3 / 6, 5)) +
      (9 + done(R * R * U, 25) + done(R * F * U, 100) + moved(R * F + F * U + R * U, 8));
    expect(Solver.solveTime('dual', size, 0, table)).toBeCloseTo(dual, 6);
    expect(Solver.solveTime('primal', size, 3, table)).toBeCloseTo(
      1 + done((R * F * F) / 2, 10) + 11 + 3 * done(F * F * U, 40),
      6,
    );
    expect(Solver.solveTime('dual', size, 3, table)).toBeCloseTo(
      3 + done((R * R * F) / 2, 30) + 12 + 3 * done(R * R * U, 80),
      6,
    );
    expect(Solver.solveTime('matrixFree', size, 3, table)).toBeCloseTo(13 + 7 * done(R * F * U, 60), 6);
  });
  it('of a system that is large enough for float32 is at its own rates', () => {
    const large = { rows: 500, columns: 401, units: 200 };
    expect(Solver.solveTime('primal', large, 0, table)).toBeCloseTo(
      16 + done((500 * 401 ** 2) / 2, 60) + 18 + done(401 ** 3 / 6, 8) + 19 + done(401 ** 2 * 200, 35),
      6,
    );
    expect(Solver.solveTime('dual', large, 0, table)).toBeCloseTo(
      17 + done((500 ** 2 * 401) / 2, 70) + 18 + done(500 ** 3 / 6, 8) + 20 + done(500 ** 2 * 200, 45),
      6,
    );
    // n²·(n/6 + U) = 2²³.
    expect(Solver.singlePays({ units: 128 - 256 / 6 }, 256)).toBe(true);
    expect(Solver.singlePays({ units: 127 - 256 / 6 }, 256)).toBe(false);
  });
  it('of a convolution has an inverse, and the fastest way to form AᵀA', () => {
    const rows = 20_000;
    const patches = { name: 'patches', cost: (rows * F * F) / 2 } as const;
    const lags = { name: 'lags', cost: patches.cost / 10 } as const;
    const rest = 7 + done(F ** 3 / 6, 4) + 10 + done(rows * F * U, 10);
    expect(
      Solver.solveTime('primal', { rows, columns: F, units: U, grams: [patches, lags] }, 0, table),
    ).toBeCloseTo(300 + done(lags.cost, 80) + rest, 4);
    expect(
      Solver.solveTime('primal', { rows, columns: F, units: U, grams: [patches] }, 0, table),
    ).toBeCloseTo(2 + done(patches.cost, 20) + rest, 4);
  });
  it('of a small system is that of float64 as a whole', () => {
    const small = { rows: 4, columns: 9, units: 2 };
    // n·(R·F + n² + n·U) + R·F·U for the dual.
    const work = 4 * (36 + 16 + 8) + 72;
    expect(Solver.smallWorkOf('dual', small, 0)).toBe(work);
    expect(Solver.solveTime('dual', small, 0, table)).toBeCloseTo(14 + done(work, 2), 9);
    expect(Solver.solveTime('matrixFree', small, 2, table)).toBeCloseTo(15 + done(4 * 72, 1), 9);
    expect(Solver.smallWorkOf('dual', size, 0)).toBeUndefined();
    // n·(R·F + n² + n·U) + R·F·U for the primal.
    expect(Solver.smallWorkOf('primal', small, 0)).toBe(9 * (36 + 81 + 18) + 72);
    // CG: the Gram matrix, an iteration for all units each, and the product with A or Aᵀ.
    expect(Solver.smallWorkOf('dual', small, 3)).toBe(16 * 9 + 3 * 2 * 16 + 72);
    expect(Solver.smallWorkOf('primal', small, 3)).toBe(81 * 4 + 3 * 2 * 81 + 72);
    expect(Solver.smallWorkOf('matrixFree', small, 3)).toBe(2 * 3 * 72);
  });
  it('of a system is that of a small one up to 2²⁰ multiply-adds, of CG up to 2¹⁹', () => {
    // n = 1: 2·F + 1 + U and F·U for the dual; U·F·2k for CG without a matrix.
    const exactly = { rows: 1, columns: 1023, units: 1023 };
    const work = 1023 + 1 + 1023 + 1023 * 1023;
    expect(Solver.smallWorkOf('dual', exactly, 0)).toBe(work);
    expect(work).toBe(2 ** 20);
    expect(Solver.smallWorkOf('dual', { ...exactly, units: 1024 }, 0)).toBeUndefined();
    const free = { rows: 2 ** 8, columns: 2 ** 9, units: 2 };
    expect(Solver.smallWorkOf('matrixFree', free, 1)).toBe(2 ** 19);
    expect(Solver.smallWorkOf('matrixFree', { ...free, columns: 513 }, 1)).toBeUndefined();
  });
  it('by the table of the library is finite, positive, and no less for more units', () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 5000 }),
          columns: fc.integer({ min: 1, max: 5000 }),
          units: fc.integer({ min: 1, max: 2000 }),
        }),
        fc.constantFrom<Solver.Route>('primal', 'dual', 'matrixFree'),
        fc.integer({ min: 0, max: 10 }),
        (sizes, route, iterations) => {
          if (route === 'matrixFree' && iterations === 0) return;
          const time = (units: number): number => Solver.solveTime(route, { ...sizes, units }, iterations);
          const [one, more] = [time(sizes.units), time(sizes.units + 1)];
          expect(one).toBeGreaterThan(0);
          expect(Number.isFinite(more)).toBe(true);
          // Past the steps from small systems to others, and from float64 to float32, which have prices of their own.
          const kind = (units: number): readonly boolean[] => [
            Solver.smallWorkOf(route, { ...sizes, units }, iterations) !== undefined,
            Solver.singlePays({ units }, route === 'dual' ? sizes.rows : sizes.columns),
          ];
          const [before, after] = [kind(sizes.units), kind(sizes.units + 1)];
          if (before.every((is, i) => is === after[i])) expect(more).toBeGreaterThanOrEqual(one);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('the choice of a route', () => {
  it('is by time: where float64 sums are slow in the primal, a system with fewer columns takes the dual', () => {
    const slow = { ...table, exact: { ...table.exact, primal: { ...table.exact.primal, call: 1e6 } } };
    expect(Solver.cost('primal', size)).toBeLessThan(Solver.cost('dual', size));
    expect(Solver.chooseRoute(exact(), size, table)).toBe('primal');
    expect(Solver.chooseRoute(exact(), size, slow)).toBe('dual');
    // What the user asks for stays.
    expect(Solver.chooseRoute(exact({ route: 'primal' }), size, slow)).toBe('primal');
  });
  it('is that of the least time, of all routes that the solver has', () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 3000 }),
          columns: fc.integer({ min: 1, max: 3000 }),
          units: fc.integer({ min: 1, max: 1000 }),
        }),
        fc.integer({ min: 0, max: 10 }),
        (sizes, iterations) => {
          const [solver, routes] =
            iterations === 0
              ? ([exact(), ['primal', 'dual']] as const)
              : ([cg(iterations), ['primal', 'dual', 'matrixFree']] as const);
          const times = routes.map((route) => Solver.solveTime(route, sizes, iterations, table));
          const chosen = Solver.chooseRoute(solver, sizes, table);
          expect(Solver.solveTime(chosen, sizes, iterations, table)).toBe(Math.min(...times));
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
  it('of systems side by side is the primal, and for CG without a matrix, whatever the sizes', () => {
    const apart = { ...size, blocks: { size: 2, form: () => expect.fail('a Gram matrix') } };
    expect([exact(), cg(1), cg(9)].map((solver) => Solver.chooseRoute(solver, apart, table))).toEqual([
      'primal',
      'matrixFree',
      'matrixFree',
    ]);
  });
  it('of a way to form AᵀA is by time too: lags with fewer multiply-adds lose where a call is long', () => {
    const patches = { name: 'patches', cost: 1e5 } as const;
    const lags = { name: 'lags', cost: 1e4 } as const;
    expect(Solver.chooseGram(exact(), [patches, lags], table)).toBe(patches);
    expect(Solver.chooseGram(exact({ gram: 'lags' }), [patches, lags], table)).toBe(lags);
    const large = [
      { ...patches, cost: 1e9 },
      { ...lags, cost: 1e8 },
    ] as const;
    expect(Solver.chooseGram(exact(), large, table)).toBe(large[1]);
  });
});
