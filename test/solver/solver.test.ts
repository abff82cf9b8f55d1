import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mul, tensor } from '@tensorflow/tfjs-core';
import { attempt, cg, exact, Key, linear, readNow, scope, Solver, toHost } from '../../src';
import { readsStall } from '../../src/internal';
import { applySystemOf, length, packHost, plus } from '../../laws';
import { messageOf, right, started, testBackends } from '../support';

const SEED = 1;

/** A = BᵀB + I with B random: positive definite, n×n. */
const positiveDefinite = (seed: number, n: number): Float64Array => {
  const words = Key.bits(Key.key(seed), n * n);
  const b = Float64Array.from(words, (w) => w / 2 ** 31 - 1);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let total = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) total += (b[k * n + i] ?? 0) * (b[k * n + j] ?? 0);
      a[i * n + j] = total;
    }
  return a;
};

const product = (a: Float64Array, b: Float64Array, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let total = 0;
    for (let k = 0; k < n; k++) total += (a[i * n + k] ?? 0) * (b[k * n + j] ?? 0);
    return total;
  });

const transposed = (a: Float64Array, n: number): Float64Array =>
  a.map((_, at) => a[(at % n) * n + Math.floor(at / n)] ?? 0);

describe('Cholesky in float64', () => {
  it('factors, inverts and solves to rounding', () => {
    console.log(`Cholesky: 100 cases, seed ${SEED}`);
    fc.assert(
      fc.property(fc.nat({ max: 1e6 }), fc.integer({ min: 1, max: 30 }), (seed, n) => {
        const a = positiveDefinite(seed, n);
        const l = Solver.cholesky(a, n) ?? new Float64Array(0);
        // κ ≤ 1 + n², n ≤ 30: n·ε·κ is below 1e-11.
        expect(length(plus(product(l, transposed(l, n), n), a, -1))).toBeLessThan(1e-13 * n * length(a));
        const one = product(l, Solver.invertLower(l, n), n);
        expect(
          length(
            plus(
              one,
              one.map((_, i) => (i % (n + 1) === 0 ? 1 : 0)),
              -1,
            ),
          ),
        ).toBeLessThan(1e-10);
        const b = Float64Array.from({ length: 2 * n }, (_, i) => Math.sin(i));
        const x = Solver.choleskySolve(l, n, b, 2);
        const image = b.map((_, at) => {
          const [row, i] = [Math.floor(at / n), at % n];
          let total = 0;
          for (let k = 0; k < n; k++) total += (a[i * n + k] ?? 0) * (x[row * n + k] ?? 0);
          return total;
        });
        expect(length(plus(image, b, -1))).toBeLessThan(1e-10 * length(b));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
  it('knows a matrix that is not positive definite', () => {
    expect(Solver.cholesky(Float64Array.from([1, 2, 2, 1]), 2)).toBeUndefined();
    expect(Solver.cholesky(Float64Array.from([0]), 1)).toBeUndefined();
    expect(Solver.cholesky(Float64Array.from([Number.NaN]), 1)).toBeUndefined();
  });
});

describe('the cost model', () => {
  const sizes = [8, 64, 500, 2000].flatMap((rows) =>
    [5, 64, 785, 4001].flatMap((columns) => [1, 10, 1000].map((units) => ({ rows, columns, units }))),
  );
  it('says the same of a system and its transpose', () => {
    for (const { rows, columns, units } of sizes)
      for (const iterations of [0, 1, 3, 10]) {
        const primal = Solver.cost('primal', { rows: columns, columns: rows, units }, iterations);
        // The dual of a large system may take the columns in place of the units.
        const byColumns = iterations === 0 && columns < units && rows ** 2 * (rows / 6 + units) >= 2 ** 23;
        const less = byColumns ? rows ** 2 * (units - columns) : 0;
        // The same terms in another order: of numbers up to 1e13 a few roundings.
        const dual = Solver.cost('dual', { rows, columns, units }, iterations);
        expect((dual + less) / primal).toBeCloseTo(1, 12);
      }
    expect(Solver.cost('dual', { rows: 500, columns: 1001, units: 4000 })).toBeLessThan(
      Solver.cost('primal', { rows: 1001, columns: 500, units: 4000 }) * 0.5,
    );
  });
  it('counts each term, by its powers', () => {
    const [r, f, u, k] = [7, 11, 13, 3];
    const size = { rows: r, columns: f, units: u };
    expect(Solver.cost('primal', size)).toBeCloseTo((r * f ** 2) / 2 + f ** 3 / 6 + f ** 2 * u, 9);
    expect(Solver.cost('primal', size, k)).toBeCloseTo((r * f ** 2) / 2 + k * f ** 2 * u, 9);
    expect(Solver.cost('matrixFree', size, k)).toBe(2 * k * r * f * u);
  });
  it('takes the cheapest of the ways that there are for the one that costs', () => {
    for (const { rows, columns, units } of sizes) {
      const size = { rows, columns, units };
      const [cheap, dear] = [(rows * columns ** 2) / 8, rows * columns ** 2];
      const by = (...costs: readonly number[]) => ({
        ...size,
        grams: costs.map((c) => ({ name: 'patches' as const, cost: c })),
      });
      for (const n of [0, 3]) {
        const saved = Solver.cost('primal', size, n) - Solver.cost('primal', by(dear, cheap), n);
        expect(saved / (3 * cheap)).toBeCloseTo(1, 9);
        expect(Solver.cost('dual', by(cheap), n)).toBe(Solver.cost('dual', size, n));
      }
    }
  });
  it('is that of the lesser side where it is a quarter of the other: the primal where there are far fewer columns than rows', () => {
    for (const size of sizes)
      if (Math.max(size.rows / size.columns, size.columns / size.rows) >= 4)
        expect(Solver.chooseRoute(exact(), size)).toBe(size.columns < size.rows ? 'primal' : 'dual');
  });
  it('changes nothing by a way that is dearer', () => {
    for (const { rows, columns, units } of sizes) {
      const way = { name: 'patches', cost: (rows * columns ** 2) / 2 } as const;
      const size = { rows, columns, units, grams: [way] };
      const more = { ...size, grams: [{ name: 'patches', cost: 2 * way.cost } as const, way] };
      for (const route of ['primal', 'dual'] as const)
        for (const n of [0, 3]) expect(Solver.cost(route, more, n)).toBe(Solver.cost(route, size, n));
      expect(Solver.chooseRoute(exact(), more)).toBe(Solver.chooseRoute(exact(), size));
      expect(Solver.chooseGram(exact(), more.grams)).toBe(way);
    }
  });
  it('takes the dual for the wide layers of the paper, the primal for tall ones', () => {
    expect(Solver.chooseRoute(exact(), { rows: 500, columns: 4001, units: 1000 })).toBe('dual');
    expect(Solver.chooseRoute(exact(), { rows: 32000, columns: 401, units: 20 })).toBe('primal');
  });
  it('obeys the user', () => {
    const size = { rows: 500, columns: 4001, units: 1000 };
    expect(Solver.chooseRoute(exact({ route: 'primal' }), size)).toBe('primal');
    expect(Solver.chooseRoute(cg(3, { route: 'matrixFree' }), size)).toBe('matrixFree');
  });
});

for (const backend of testBackends)
  describe(`solveRidge on ${backend}`, () => {
    beforeAll(() => started(backend));
    const system = (rows: number, fanIn: number, units: number, seed = 1) => ({
      x: Key.uniform(Key.fold(Key.key(seed), 0), [rows, fanIn], -1, 1),
      h: Key.uniform(Key.fold(Key.key(seed), 1), [units, rows], -1, 1),
      layer: linear(fanIn, units),
    });
    const design = (s: ReturnType<typeof system>) => {
      const d = s.layer.design?.(s.x);
      if (d === undefined) throw new Error('no design');
      return d;
    };

    it('reports the residual that there is', () => {
      for (const solver of [
        exact(),
        exact({ precision: 'float32' }),
        exact({ precision: 'float32', route: 'primal' }),
        cg(2, { route: 'matrixFree', precision: 'float32' }),
        cg(2, { precision: 'float64' }),
        cg(9, { precision: 'float64' }),
      ])
        scope(() => {
          const s = system(12, 8, 3);
          const { value, report: pending } = Solver.solveRidge(design(s), s.h, 0.5, solver);
          const report = readNow(pending);
          const v = packHost(value);
          const { image, g } = applySystemOf(s.x, s.h, 0.5, v);
          const residual = length(plus(image, g, -1)) / length(g);
          // Three units: each is measured. In float32 with the rounding of the sums that measure it.
          expect(residual).toBeLessThan(1.01 * report.residual + 1e-7);
          expect(report.residual).toBeLessThan(1.01 * residual + 2e-6);
          expect(report.converged).toBe(report.residual <= Solver.DEFAULT_TOLERANCE);
        });
    });
    it('says that too few iterations have not converged, and enough have', () => {
      scope(() => {
        const s = system(20, 15, 2);
        const solve = (n: number) => readNow(Solver.solveRidge(design(s), s.h, 0.01, cg(n)).report);
        expect(solve(1).converged).toBe(false);
        expect(solve(40).converged).toBe(true);
        const early = readNow(Solver.solveRidge(design(s), s.h, 0.01, cg(60, { tolerance: 1e-3 })).report);
        // Where nothing is read no loop ends early, but a row that is solved stays as it is.
        if (!readsStall()) expect(early.iterations).toBeLessThan(40);
        expect(early.residual).toBeGreaterThan(1e-6);
        expect(early.converged).toBe(true);
      });
    });
    it('takes all iterations of CG where none is to be the last', () => {
      scope(() => {
        const g = Key.uniform(Key.key(1), [2, 6], -1, 1);
        const diagonal = tensor([1, 2, 3, 4, 5, 6], [1, 6]);
        const found = Solver.conjugateGradients((v) => mul(v, diagonal), g, 6);
        expect(found.iterations).toBe(6);
        // As many as the order: the solution, to rounding times the condition number.
        expect(length(plus(toHost(mul(found.value, diagonal)), toHost(g), -1))).toBeLessThan(
          1e-5 * length(toHost(g)),
        );
      });
    });

    it('leaves float32 where it is not accurate enough', () => {
      scope(() => {
        const s = system(80, 120, 50);
        const solve = (tauTheta: number) =>
          readNow(Solver.solveRidge(design(s), s.h, 1 / tauTheta, exact()).report);
        expect(solve(0.05).precision).toBe('float32');
        // Where reading stalls it stays, and says how far off it is: κ is 5e5 here, and float32 has 7 digits.
        if (readsStall()) {
          expect(solve(0.05).residual).toBeLessThan(1e-5);
          expect(solve(1e4).converged).toBe(solve(1e4).residual <= Solver.DEFAULT_TOLERANCE);
          return;
        }
        expect(solve(1e4).precision).toBe('float64');
        // Of V in float32: 6e-8·√κ/2 at most, κ being 5e5.
        expect(solve(1e4).residual).toBeLessThan(2e-5);
      });
    });
    it('refuses a singular system, and bad numbers, in one line', () => {
      scope(() => {
        const s = system(3, 8, 2);
        const line = (beta: number, solver: Solver.Solver): string =>
          messageOf(attempt(() => Solver.solveRidge(design(s), s.h, beta, solver)));
        const flat = { ...s, x: tensor(new Float32Array(24), [3, 8]) };
        const singular = attempt(() => Solver.solveRidge(design(flat), s.h, 0, exact()));
        // Whether a system is singular is a number: where reading stalls, it is the residual that says so.
        if (readsStall()) expect(readNow(right(singular).report).converged).toBe(false);
        else
          expect(messageOf(singular)).toBe(
            'solver error at dual Cholesky: expected a positive definite system (a finite τ, or independent columns), found a singular one of order 3, with 1/τ = 0',
          );
        expect(line(-1, exact())).toBe(
          'options error at solver.beta: expected a finite number of at least 0, found -1',
        );
        expect(line(Number.NaN, exact())).toBe(
          'options error at solver.beta: expected a finite number of at least 0, found NaN',
        );
        expect(line(1, cg(3, { tolerance: Number.NaN }))).toBe(
          'options error at cg.tolerance: expected a finite number of at least 0, found NaN',
        );
        for (const n of [0, 2.5])
          expect(line(1, cg(n))).toBe(
            `options error at cg.iterations: expected a whole number of at least 1, found ${n}`,
          );
      });
    });
    it('gives the minimiser itself for β = 0 and independent columns', () => {
      scope(() => {
        const s = system(30, 4, 2);
        const v = packHost(Solver.solveRidge(design(s), s.h, 0, exact()).value);
        const { image, g } = applySystemOf(s.x, s.h, 0, v);
        expect(length(plus(image, g, -1))).toBeLessThan(1e-5 * length(g));
        expect(toHost(s.x).length).toBe(120);
      });
    });
  });
