/** Many small systems side by side: norms, depthwise convolutions and embeddings. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  cg,
  depthwiseConv2d,
  embedding,
  exact,
  groupNorm,
  Key,
  layerNorm,
  readNow,
  scope,
  Solver,
  toNumber,
  type Tree,
} from '../../src';
import { readsStall } from '../../src/internal';
import { relativeDistance, values } from '../../laws';
import { solveBlocks, solveBlocksByProducts } from '../../src/solver/blocks';
import { messageOf, started, testBackends } from '../support';
import { ridgeSystem } from './ridgeSystem';

/** Where reading stalls what was measured is a tensor. */
const numberOf = (measured: Solver.Measured): number =>
  typeof measured === 'number' ? measured : toNumber(measured);

type AnyDesign = Solver.Design<Tree.Tree>;

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -2, 2);

const tokens = (seed: number, shape: readonly number[], below: number): Tensor =>
  tensor(
    Float32Array.from(
      Key.bits(
        Key.key(seed),
        shape.reduce((a, b) => a * b, 1),
      ),
      (word) => word % below,
    ),
    [...shape],
  );

/** Designs at a batch of N, and an output for each. */
const designs: Readonly<Record<string, (n: number) => readonly [AnyDesign, Tensor]>> = {
  layerNorm: (n) => [
    layerNorm([3, 4]).design?.(random(1, [n, 3, 4])) ?? expect.fail('a design'),
    random(2, [n, 3, 4]),
  ],
  groupNorm: (n) => [
    groupNorm([3, 2, 6], 3).design?.(random(1, [n, 3, 2, 6])) ?? expect.fail('a design'),
    random(2, [n, 3, 2, 6]),
  ],
  depthwiseConv2d: (n) => [
    depthwiseConv2d([5, 4, 3], 3, { padding: 'same', multiplier: 2 }).design?.(random(1, [n, 5, 4, 3])) ??
      expect.fail('a design'),
    random(2, [n, 5, 4, 6]),
  ],
  embedding: (n) => [
    embedding(4, 9, 3).design?.(tokens(1, [n, 4], 9)) ?? expect.fail('a design'),
    random(2, [n, 4, 3]),
  ],
};

const asked: readonly Solver.Solver[] = [
  ...(['primal', 'dual'] as const).flatMap((route) =>
    (['float32', 'float64'] as const).map((precision) => exact({ route, precision })),
  ),
  ...(['primal', 'dual', 'matrixFree'] as const).flatMap((route) =>
    (['float32', 'float64'] as const).map((precision) => cg(3, { route, precision })),
  ),
];

describe.each(testBackends)('systems side by side on %s', (backend) => {
  beforeAll(() => started(backend));

  for (const [name, at] of Object.entries(designs)) {
    it(`are solved by the route and in the precision that is asked for: ${name}`, () => {
      for (const solver of asked)
        scope(() => {
          const [design, y] = at(5);
          const { report } = Solver.solveRidge(design, design.outputs(y), 0.5, solver);
          const { route, precision } = solver;
          expect(report).toMatchObject({ route, precision });
          if (solver.kind === 'exact') expect(readNow(report)).toMatchObject({ converged: true });
        });
    });

    it(`are one system, solved as one or each on its own, with reads or without: ${name}`, () => {
      for (const beta of [1e-3, 1, 1e3])
        scope(() => {
          const [design, y] = at(5);
          const h = design.outputs(y);
          const { blocks } = design;
          if (blocks === undefined) return expect.fail('blocks');
          const whole = values(
            Solver.solveRidge(design, h, beta, exact({ route: 'dual', precision: 'float64' })).value,
          );
          const found = solveBlocks(ridgeSystem(design, h, beta), blocks, 1e-4);
          const byProducts = solveBlocksByProducts(ridgeSystem(design, h, beta), blocks);
          // At β = 1e-3 condition numbers are some 1e5: rounding of float32 sums, 6e-8, times that, and spread over 20 rows.
          const rounding = 1e-5 + 1e-6 / beta;
          expect(relativeDistance(values(found.value), whole)).toBeLessThan(rounding);
          expect(relativeDistance(values(byProducts.value), whole)).toBeLessThan(rounding);
          expect(numberOf(found.measured.residual)).toBeLessThan(1e-4);
          expect(numberOf(found.measured.length)).toBeCloseTo(1, 3);
        });
    });

    it(`say when a number is none: ${name}`, () => {
      scope(() => {
        const [design, y] = at(5);
        const like = design.outputs(y);
        const h = tensor(
          Float32Array.from(like.dataSync(), (v, i) => (i === 1 ? Number.NaN : v)),
          [...like.shape],
        );
        const found = attempt(() => Solver.solveRidge(design, h, 0.5, exact()));
        if (found._tag === 'Right') expect(readNow(found.right.report).converged).toBe(false);
        else expect(found.left._tag).toBe('solver');
      });
    });
  }

  it('are refined for as long as the residual falls', () => {
    if (readsStall()) return;
    const found = Object.values(designs).flatMap((at) =>
      [1e-5, 1e-3, 1e-1].map((beta) =>
        scope(() => {
          const [design, y] = at(5);
          const h = design.outputs(y);
          const { blocks } = design;
          if (blocks === undefined) return expect.fail('blocks');
          // A tolerance of 1 is met at once, one of 0 never.
          const [first, last] = [1, 0].map((tolerance) =>
            solveBlocks(ridgeSystem(design, h, beta), blocks, tolerance),
          );
          const residuals = [first, last].map((one) => numberOf(one?.measured.residual ?? Number.NaN));
          return { counts: [first?.refinements, last?.refinements ?? 0] as const, residuals };
        }),
      ),
    );
    for (const { counts, residuals } of found) {
      expect(counts[0]).toBe(0);
      // A refinement counts if its residual is lower, and only then its solution stays.
      if (counts[1] > 0) expect(residuals[1]).toBeLessThan(residuals[0] ?? 0);
      else expect(residuals[1]).toBe(residuals[0]);
    }
    expect(found.some(({ counts }) => counts[1] > 0)).toBe(true);
  });

  it('have converged at a residual that equals the tolerance, and are not solved again in float64', () => {
    for (const at of [designs['depthwiseConv2d'], designs['embedding']])
      scope(() => {
        const [design, y] = at?.(5) ?? expect.fail('a design');
        const solved = (solver: Solver.Solver) =>
          readNow(Solver.solveRidge(design, design.outputs(y), 0.5, solver).report);
        const { residual } = solved(exact());
        const again = solved(exact({ tolerance: residual }));
        expect(again).toMatchObject({ precision: 'float32', residual, converged: true });
        // Where numbers are read, a smaller one asks for float64.
        if (!readsStall())
          expect(solved(exact({ tolerance: residual / 1e4 }))).toMatchObject({ precision: 'float64' });
      });
  });

  it('are shared by several inputs as one', () => {
    scope(() => {
      const l = layerNorm([3, 4]);
      const [a, b] = [1, 2].map((seed) => l.design?.(random(seed, [4, 3, 4])) ?? expect.fail('a design'));
      const whole = l.design?.(
        tensor(
          Float32Array.from([1, 2].flatMap((seed) => [...random(seed, [4, 3, 4]).dataSync()])),
          [8, 3, 4],
        ),
      );
      if (a === undefined || b === undefined || whole === undefined) return expect.fail('three designs');
      const [h, k] = [random(5, [12, 4]), random(6, [12, 4])];
      const both = Solver.stacked({ design: a, rest: h, weight: 1 }, { design: b, rest: k, weight: 1 });
      expect(both.design.blocks?.size).toBe(2);
      const alone = Solver.stacked({ design: a, rest: h, weight: 1 });
      expect(alone.design.blocks?.size).toBe(2);
      const joined = tensor(Float32Array.from([...h.dataSync(), ...k.dataSync()]), [24, 4]);
      const found = Solver.solveRidge(both.design, both.rest, 0.1, exact());
      const expected = Solver.solveRidge(whole, joined, 0.1, exact());
      expect(readNow(found.report)).toMatchObject({ route: 'primal', converged: true });
      expect(relativeDistance(values(found.value), values(expected.value))).toBeLessThan(1e-5);
    });
  });

  it('never become one large matrix', () => {
    scope(() => {
      // As one matrix AᵀA would have 2.5e9 entries.
      const design = embedding(4, 50_000, 2).design?.(tokens(1, [50, 4], 50_000));
      if (design === undefined) return expect.fail('a design');
      const { report } = Solver.solveRidge(design, random(2, [200, 2]), 0.5, exact());
      expect(readNow(report)).toMatchObject({ route: 'primal', converged: true });
    });
  });

  it('are damped where float32 cannot tell them from singular', () => {
    scope(() => {
      // Of one place gain and bias are not told apart, and a β of 1e-20 is nothing beside 1.
      const design = layerNorm(3).design?.(random(1, [1, 3])) ?? expect.fail('a design');
      const { blocks = expect.fail('blocks') } = design;
      const found = solveBlocks(ridgeSystem(design, random(2, [1, 3]), 1e-20), blocks, 1e-4);
      expect(numberOf(found.measured.residual)).toBeLessThan(1e-4);
    });
  });

  it('are singular where they are, without damping', () => {
    scope(() => {
      // Of one place gain and bias are not told apart.
      const design = layerNorm(3).design?.(random(1, [1, 3])) ?? expect.fail('a design');
      const found = attempt(() =>
        Solver.solveRidge(design, random(2, [1, 3]), 0, exact({ precision: 'float32' })),
      );
      // Where nothing is read it is damped a little and refined: the normal equations have a solution all the same.
      if (found._tag === 'Right') {
        expect(readsStall()).toBe(true);
        expect(readNow(found.right.report).converged).toBe(true);
      } else
        expect(messageOf(found)).toBe(
          'solver error at primal Cholesky: expected a positive definite system (a finite τ, or independent columns), found a singular one of order 2, with 1/τ = 0',
        );
    });
  });
});
