/** Solves of float32 products with float64 sums, and of a gain and a bias for each feature, beside float64 throughout. */
import { add, cast, concat, mul, tensor, type Tensor } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  conv2d,
  exact,
  type Padding,
  Key,
  layerNorm,
  linear,
  projection,
  scope,
  Solver,
  toHost,
  type Tree,
} from '../../src';
import { length, plus, relativeDistance, values } from '../../laws';

import { solvePairs } from '../../src/solver/blocks';
import { finished, float64Of, solveDoublePlain } from '../../src/solver/double';
import { settledAlongMean } from '../../src/solver/along';
import { factorDualWide, isWide, solveWide } from '../../src/solver/wide';
import { messageOf, started } from '../support';
import { ridgeSystem } from './ridgeSystem';

const SEED = 1;

const propertyHolds = <T>(name: string, of: fc.Arbitrary<T>, holds: (c: T) => void): void => {
  console.log(`${name}: 40 cases, seed ${SEED}`);
  fc.assert(fc.property(of, holds), { numRuns: 40, seed: SEED });
};

beforeAll(async () => {
  await started('wasm');
});

const norm = (t: Tensor): number => length(toHost(t));

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  readonly bias: boolean;
  readonly mean: number;
  readonly beta: number;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  // Fewer and more than a depth, than a part of the inner length, and than an item.
  rows: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 1200 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 30, max: 132 })),
  units: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 70 })),
  bias: fc.boolean(),
  mean: fc.constantFrom(0, 1, 10, 100),
  beta: fc.constantFrom(1e-3, 0.1, 10),
  seed: fc.nat(1000),
});

const designOf = ({ rows, columns, units, bias, mean, seed }: Case): Solver.Design<Tree.Tree> => {
  const x = add(random(seed, [rows, 1, columns]), mean);
  const layer = bias
    ? projection([1, columns], units, { bias: true })
    : projection([1, columns], units, { bias: false });
  return layer.design?.(x) ?? expect.fail('a design');
};

/** The solution by the first of the ways to form AᵀA, or by the one of that name. */
const wideSolution = <P extends Tree.Tree>(
  design: Solver.Design<P>,
  h: Tensor,
  beta: number,
  name: Solver.GramWay['name'] = design.grams[0]?.name ?? 'product',
): ReturnType<typeof solveWide<P>> => {
  const wide = design.grams.find((way) => way.name === name)?.wide;
  return wide === undefined
    ? expect.fail(`products ${name}`)
    : solveWide(ridgeSystem(design, h, beta), name, wide);
};

/** ⟨x, y⟩ in float64. A loop: most of the time of this file is spent here. */
const dot = (x: Float64Array, y: Float64Array): number => {
  let total = 0;
  for (let k = 0; k < x.length; k++) total += (x[k] ?? 0) * (y[k] ?? 0);
  return total;
};

describe('a factor of AAᵀ whose sums are in float64', () => {
  it('is that of float64, applied by substitution', () => {
    propertyHolds('factor of AAᵀ', cases, (c) => {
      scope(() => {
        const design = designOf(c);
        const { inputs } = design;
        if (inputs === undefined) return expect.fail('inputs');
        const beta = 10 * c.beta;
        const { solved, definite, norm } = factorDualWide(design, inputs, beta);
        const a = toHost(design.matrix());
        const n = design.columns;
        const row = (i: number): Float64Array => a.subarray(i * n, (i + 1) * n);
        // Half of the matrix is computed: it is symmetric.
        const gram = Array.from({ length: c.rows }, () => new Float64Array(c.rows));
        gram.forEach((line, i) => {
          for (let j = 0; j <= i; j++) line[j] = dot(row(i), row(j));
          for (let j = 0; j < i; j++) (gram[j] ?? line)[i] = line[j] ?? 0;
        });
        const largest = Math.max(...gram.map((line) => line.reduce((t, v) => t + Math.abs(v), 0)));
        // Else it is singular to the share of the largest eigenvalue to which products in float32 are known.
        expect(definite || beta < 2 ** -22 * largest).toBe(true);
        if (!definite) return;
        // It is told in float32; sums of 32 terms each are float32 too.
        expect(Math.abs(norm / largest - 1)).toBeLessThan(1e-6);
        const b = random(c.seed + 2, [c.units, c.rows]);
        const s = toHost(solved(b));
        const wanted = toHost(b);
        for (let u = 0; u < c.units; u++) {
          const own = s.subarray(u * c.rows, (u + 1) * c.rows);
          const miss = gram.map(
            (line, i) => dot(line, own) + beta * (own[i] ?? 0) - (wanted[u * c.rows + i] ?? 0),
          );
          // (K + βI)·S − B: K is known to 2⁻²³ of its size, S rounded to 2⁻²⁴.
          expect(Math.hypot(...miss)).toBeLessThan(4 * 2 ** -23 * (largest + beta) * Math.hypot(...own));
        }
      });
    });
  });

  it('says where it is not definite, or not finite', () => {
    scope(() => {
      const design = (x: Tensor) => linear(3, 1).design?.(x) ?? expect.fail('a design');
      const of = (x: Tensor, beta: number): boolean => {
        const found = design(x);
        return factorDualWide(found, found.inputs ?? expect.fail('inputs'), beta).definite;
      };
      const same = concat(Array.from({ length: 9 }, () => random(1, [1, 3])));
      expect(of(same, 1)).toBe(true);
      expect(of(mul(same, 0), 0)).toBe(false);
      expect(of(mul(same, Number.NaN), 1)).toBe(false);
    });
  });
});

describe('a dual solution', () => {
  it('is settled along the mean input: there its slope vanishes', () => {
    propertyHolds('along the mean', cases, (c) => {
      scope(() => {
        const design = designOf(c);
        const operator = design.operator ?? expect.fail('an operator');
        const [h, s] = [random(c.seed + 3, [c.units, c.rows]), random(c.seed + 4, [c.units, c.rows])];
        const before = { s, value: design.adjoint(s) };
        const after = settledAlongMean(ridgeSystem(design, h, c.beta), operator, before);
        // V = AᵀS still: both are sums of float32 numbers, rounded beside ‖A‖·‖S‖.
        const again = design.adjoint(after.s);
        const size = norm(design.matrix()) * (norm(s) + norm(after.s));
        expect(length(plus(values(after.value), values(again), -1))).toBeLessThan(1e-6 * size);
        // By float64: the slope along d = Aᵀ·1, beside what it is made of.
        const a = toHost(design.matrix());
        const n = design.columns;
        const d = Float64Array.from({ length: n }, (_, k) => {
          let t = 0;
          for (let r = 0; r < c.rows; r++) t += a[r * n + k] ?? 0;
          return t;
        });
        const [old, v] = [before, after].map(({ value }) => toHost(design.pack(value)));
        const at = (of: Float64Array | undefined, i: number): number => of?.[i] ?? Number.NaN;
        const held = toHost(h);
        const times = (r: number, by: (k: number) => number): number => {
          let t = 0;
          for (let k = 0; k < n; k++) t += (a[r * n + k] ?? 0) * by(k);
          return t;
        };
        const image = Float64Array.from({ length: c.rows }, (_, r) => times(r, (k) => d[k] ?? 0));
        for (let u = 0; u < c.units; u++) {
          let [slope, all] = [0, 0];
          for (let r = 0; r < c.rows; r++) {
            const fitted = times(r, (k) => at(v, u * n + k));
            const wanted = held[u * c.rows + r] ?? 0;
            slope += (image[r] ?? 0) * (wanted - fitted);
            const terms = times(r, (k) => Math.abs(at(v, u * n + k)) + Math.abs(at(old, u * n + k)));
            all += Math.abs(image[r] ?? 0) * (Math.abs(wanted) + Math.abs(terms));
          }
          for (let k = 0; k < n; k++) slope -= c.beta * (d[k] ?? 0) * at(v, u * n + k);
          // Sums of float32 numbers, of which each is known to 6e-8 of its terms.
          expect(Math.abs(slope)).toBeLessThan(1e-5 * all);
        }
      });
    });
  });
});

describe('sums in float64 of products in float32', () => {
  it('lose hardly more of V than they say, and no more of the residual', () => {
    propertyHolds('float64 sums', cases, (c) => {
      scope(() => {
        const design = designOf(c);
        const h = random(c.seed + 1, [c.units, c.rows]);
        const found = wideSolution(design, h, c.beta);
        // Singular to float64 as well, as more columns than rows with a large mean are for a small β.
        if (found === undefined) {
          expect(c.columns + 1).toBeGreaterThan(c.rows);
          return;
        }
        const right = solveDoublePlain(ridgeSystem(design, h, c.beta), 'primal');
        const distance = relativeDistance(values(found.value), values(right.value));
        // Beside what is said, V is rounded to float32, twice here: 2⁻²⁴ of its largest numbers, beside which others may be small.
        // What is said is estimated from eight random vectors, whose norms scatter: by a factor of two in one case of 300.
        expect(distance).toBeLessThan(2 * found.lost + 4e-7);
        expect(found.lost).toBeGreaterThan(0);
        const held = toHost(scope(() => design.pack(found.value)));
        const truly = finished(design, float64Of(ridgeSystem(design, h, c.beta)), held).measured.residual;
        expect(Number(truly)).toBeLessThan(Number(found.measured.residual));
      });
    });
  });

  it('say more of longer sums: in proportion where roundings have one sign, and by their root where they have not', () => {
    scope(() => {
      const design = designOf({ rows: 64, columns: 5, units: 3, bias: true, mean: 0, beta: 1, seed: 3 });
      const h = random(4, [3, 64]);
      const way = design.grams[0] ?? expect.fail('a way');
      const wide = way.wide ?? expect.fail('products');
      const by = (chain: number) => {
        const found = solveWide(ridgeSystem(design, h, 1), way.name, { ...wide, chain });
        return found ?? expect.fail('a definite system');
      };
      const residual = (chain: number): number => Number(by(chain).measured.residual);
      // Eight terms and fewer count as one rounding. The residual itself is the same in all.
      const more = (chain: number): number => residual(chain) - residual(8);
      expect(more(20) / more(16)).toBeCloseTo(1.5, 6);
      // 64 terms in each of one chain: four times what is likely, 4·2/√2, is less than 64/8.
      expect(more(64) / more(16)).toBeCloseTo(8 / Math.SQRT2 - 1, 6);
      expect(by(64).lost / by(32).lost).toBeCloseTo(2, 6);
      expect(by(8).lost / by(32).lost).toBeCloseTo(1, 6);
    });
  });

  it('lose no more where A is that of a convolution, by lags and by patches', () => {
    const side = fc.integer({ min: 3, max: 9 });
    const convolutions = fc.record({
      // Fewer and more positions than are added up in float32.
      images: fc.constantFrom(1, 3, 40),
      sides: fc.tuple(side, side),
      // Channels beside the width and height of a tile; a filter of even and odd sides.
      channels: fc.constantFrom(1, 2, 3, 5, 8, 9),
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      stride: fc.constantFrom(1, 2),
      padding: fc.constantFrom<Padding>('same', 'valid'),
      filters: fc.constantFrom(1, 4, 7),
      mean: fc.constantFrom(0, 1, 10),
      beta: fc.constantFrom(0.1, 10),
      seed: fc.nat(1000),
    });
    propertyHolds('convolutions in float64', convolutions, (c) => {
      scope(() => {
        const { images, sides, channels, kernel, stride, padding, filters } = c;
        const layer = conv2d([...sides, channels], filters, kernel, { stride, padding });
        const x = add(random(c.seed, [images, ...sides, channels]), c.mean);
        const design = layer.design?.(x) ?? expect.fail('a design');
        const h = random(c.seed + 1, layer.forward(layer.init(Key.key(1)), x).shape);
        const right = solveDoublePlain(ridgeSystem(design, h, c.beta), 'primal');
        const names = design.grams.map(({ name }) => name);
        expect(names).toEqual(stride === 1 ? ['lags', 'patches'] : ['patches']);
        for (const name of names) {
          const found = wideSolution(design, h, c.beta, name);
          if (found === undefined) return expect.fail(`no solution by ${name}`);
          const distance = relativeDistance(values(found.value), values(right.value));
          // As above.
          expect(distance).toBeLessThan(2 * found.lost + 4e-7);
          const held = toHost(scope(() => design.pack(found.value)));
          const truly = finished(design, float64Of(ridgeSystem(design, h, c.beta)), held).measured.residual;
          expect(Number(truly)).toBeLessThan(Number(found.measured.residual));
        }
      });
    });
  });

  it('take whole numbers for the numbers that they are, not for their bits', () => {
    scope(() => {
      const whole = (shape: readonly number[]): Tensor => cast(mul(random(5, shape), 9), 'int32');
      for (const [layer, shape] of [
        [linear(6, 4), [40, 6]],
        [linear(60, 4), [20, 60]],
        [conv2d([7, 6, 3], 4, 3, { padding: 'same' }), [20, 7, 6, 3]],
      ] as const) {
        const x = whole(shape);
        const [asInt, asReal] = [x, cast(x, 'float32')].map((of): Solver.Design<Tree.Tree> | undefined =>
          layer.design?.(of),
        );
        if (asInt === undefined || asReal === undefined) return expect.fail('designs');
        const h = asReal.fromUnits(random(6, [4, asReal.rows]));
        for (const solver of [exact({ precision: 'float32' }), exact({ precision: 'float64' })]) {
          const [found, right] = [asInt, asReal].map((design) =>
            values(Solver.solveRidge(design, h, 0.1, solver).value),
          );
          expect(found).toEqual(right);
        }
      }
    });
  });

  it('say so where contrary right-hand sides leave nothing but rounding', () => {
    scope(() => {
      // Equal inputs and errors that cancel: AᵀH is zero but for the last example.
      const row = random(1, [1, 8]);
      const x = concat(Array.from({ length: 401 }, () => row));
      const h = mul(
        concat(
          [
            tensor([[1e-7]]),
            tensor(
              Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
              [1, 400],
            ),
          ],
          1,
        ),
        Math.PI,
      );
      const design = linear(8, 1).design?.(x) ?? expect.fail('a design');
      const found = wideSolution(design, h, 0.1);
      expect(Number(found?.measured.residual)).toBeGreaterThan(1e-3);
      // So that float64 is taken.
      const { report } = Solver.solveRidge(design, h, 0.1, exact({ route: 'primal' }));
      expect(report.precision).toBe('float64');
      expect(report.converged).toBe(true);
    });
  });

  it('are taken where they are quick, or an inverse in float32 would have to be refined', () => {
    scope(() => {
      const of = (rows: number, columns: number, units: number, n = columns, beta = 1e6): boolean =>
        isWide(
          {
            ...designOf({ rows: 4, columns: 2, units: 3, bias: false, mean: 0, beta: 1, seed: 1 }),
            rows,
            columns,
            units,
          },
          n,
          beta,
          1e-4,
        );
      // Two thirds as many units as unknowns of the system.
      expect(of(100, 2000, 1300)).toBe(true);
      expect(of(500, 785, 333, 500)).toBe(true);
      expect(of(500, 785, 400, 500)).toBe(false);
      // Multiply-adds of factor and substitution, n²·(n/6 + units), beside 2²⁴ and an eighth of rows·columns·units.
      expect(of(200, 65, 128)).toBe(true); // 0.6e6: quick
      expect(of(60_000, 300, 400)).toBe(true); // 40e6: more than 17e6, but little beside 7e9
      expect(of(600, 300, 400)).toBe(false); // 40e6 beside 72e6
      // Eight numbers up to 1, whose squares are about 3 in sum, beside β.
      expect(of(500, 785, 400, 500, 1)).toBe(false);
      expect(of(500, 785, 400, 500, 1e-4)).toBe(true);
    });
  });

  it('lose less of more examples', () => {
    scope(() => {
      const row = (rows: number): Case => ({
        rows,
        columns: 9,
        units: 4,
        bias: true,
        mean: 1,
        beta: 1,
        seed: 3,
      });
      const few = designOf(row(256));
      const h = random(4, [4, 256]);
      const inputs = few.inputs ?? expect.fail('inputs');
      const lost = (times: number): number => {
        const x = concat(Array.from({ length: times }, () => inputs.x));
        const design = linear(9, 4).design?.(x) ?? expect.fail('a design');
        const again = concat(
          Array.from({ length: times }, () => h),
          1,
        );
        const found = wideSolution(design, again, times);
        return found?.lost ?? Number.NaN;
      };
      // The same system four times as large, and four times as many independent sums: half the share of V, within what four
      // random vectors scatter.
      const ratio = lost(4) / lost(1);
      expect(ratio).toBeGreaterThan(0.35);
      expect(ratio).toBeLessThan(0.7);
    });
  });

  it('find what is not finite, and what is singular', () => {
    scope(() => {
      const infinite = linear(5, 3).design?.(mul(random(1, [40, 5]), 1e30)) ?? expect.fail('a design');
      const equal =
        linear(5, 3).design?.(mul(random(1, [40, 1]), random(2, [1, 5]))) ?? expect.fail('a design');
      const h = random(2, [3, 40]);
      const status = (design: Solver.Design<Tree.Tree>, beta: number): unknown =>
        wideSolution(design, h, beta);
      expect(status(equal, 0)).toBeUndefined();
      // Sums of squares of 1e60 are infinite in float32, whose products are what is added up.
      expect(status(infinite, 1)).toBeUndefined();
    });
  });
});

describe('float64 on the host', () => {
  it('solves for the last coordinate once more after the others were rounded', () => {
    scope(() => {
      // Inputs about 100: what rounding V to 2⁻²⁴ moves along them is 1e-5 of the residual, and is taken up by the bias.
      const design = linear(5, 3).design?.(add(random(1, [40, 5]), 100)) ?? expect.fail('a design');
      const found = solveDoublePlain(ridgeSystem(design, random(2, [3, 40]), 1), 'primal');
      expect(found.measured.residual).toBeLessThan(2e-6);
    });
  });
});

describe('a measurement in float64', () => {
  it('finds the best length of a part of the solution, and its residual', () => {
    scope(() => {
      const design = linear(5, 3).design?.(random(1, [40, 5])) ?? expect.fail('a design');
      const h = random(2, [3, 40]);
      // β beside eigenvalues of some ten, so that both parts of the system count.
      const solution = solveDoublePlain(ridgeSystem(design, h, 20), 'primal').value;
      const held = toHost(scope(() => design.pack(solution)));
      for (const part of [0.25, 0.5, 1]) {
        const { measured } = finished(
          design,
          float64Of(ridgeSystem(design, h, 20)),
          held.map((e) => part * e),
        );
        // M·(part·V) is part of g; V is rounded to float32.
        expect(measured.length).toBeCloseTo(1 / part, 4);
        expect(measured.residual).toBeCloseTo(1 - part, 4);
      }
    });
  });
});

describe('a gain and a bias for each feature', () => {
  const pairsOf = (x: Tensor): Solver.Design<Tree.Tree> =>
    layerNorm(x.shape[1] ?? 1).design?.(x) ?? expect.fail('a design');

  it('are those of float64', () => {
    propertyHolds(
      'gain and bias',
      fc.record({
        rows: fc.integer({ min: 1, max: 600 }),
        features: fc.integer({ min: 2, max: 5 }),
        beta: fc.constantFrom(1e-6, 0.1, 30),
        seed: fc.nat(1000),
      }),
      ({ rows, features, beta, seed }) => {
        scope(() => {
          const design = pairsOf(random(seed, [rows, features]));
          const pairs = design.blocks?.pairs ?? expect.fail('pairs');
          const h = random(seed + 1, [rows, features]);
          const found = solvePairs(ridgeSystem(design, h, beta), pairs) ?? expect.fail('a definite system');
          const right = solveDoublePlain(ridgeSystem(design, h, beta), 'primal');
          // V is rounded to float32 in both: 2⁻²⁴, and where it is 1/β long by what that does to the other number of a pair.
          expect(relativeDistance(values(found.value), values(right.value))).toBeLessThan(1e-6);
          expect(found.measured.residual).toBeLessThan(1e-6 * (1 + 1 / beta / 100));
          expect(Math.abs(Number(found.measured.length) - 1)).toBeLessThan(1e-5);
        });
      },
    );
  });

  it('are damped where float64 cannot tell them from singular, and refused where inputs are not finite', () => {
    scope(() => {
      const [rows, features] = [50, 4];
      const design = pairsOf(random(1, [rows, features]));
      const ones = tensor(new Float32Array(rows * features).fill(1), [rows, features]);
      const h = random(2, [rows, features]);
      // x = 1 is the column of ones again: without β there is no inverse.
      expect(solvePairs(ridgeSystem(design, h, 0), ones)).toBeUndefined();
      const lost = mul(ones, Number.NaN);
      expect(messageOf(attempt(() => solvePairs(ridgeSystem(design, h, 1), lost)))).toContain(
        'finite inputs',
      );
    });
  });
});
