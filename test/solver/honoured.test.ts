/** What a solver is asked for is what it does and says: options that contradict each other, and numbers that are none. */
import { matMul, tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attempt,
  bilinear,
  cg,
  conv2d,
  exact,
  Key,
  linear,
  readNow,
  scope,
  Solver,
  toHost,
  type Tree,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { messageOf, started, testBackends } from '../support';
import { judged } from './survey';

const random = (seed: number, shape: readonly number[], low = -1, high = 1): Tensor =>
  Key.uniform(Key.key(seed), shape, low, high);

const denseDesign = (x: Tensor, units: number) =>
  linear(x.shape[1] ?? 0, units).design?.(x) ?? expect.fail('a dense layer has a design');

const convolutionDesign = (units: number) =>
  conv2d([5, 5, 2], units, 3).design?.(random(1, [3, 5, 5, 2])) ?? expect.fail('a convolution has a design');

const asked: readonly Solver.Solver[] = [
  ...(['primal', 'dual'] as const).flatMap((route) =>
    (['float32', 'float64'] as const).map((precision) => exact({ route, precision, tolerance: 1e-3 })),
  ),
  ...(['primal', 'dual', 'matrixFree'] as const).flatMap((route) =>
    (['float32', 'float64'] as const).flatMap((precision) =>
      (['perUnit', 'perLayer'] as const).map((scalars) => cg(3, { route, precision, scalars })),
    ),
  ),
];

describe.each(testBackends)('a solver on %s', (backend) => {
  beforeAll(() => started(backend));

  it('honours `auto` with a route, and with a way to form AᵀA', () => {
    scope(() => {
      const design = convolutionDesign(2);
      const h = random(2, [3, 3, 3, 2]);
      const solve = (solver: Solver.Solver) => Solver.solveRidge(design, h, 1, solver).report;
      for (const route of ['primal', 'dual', 'matrixFree'] as const)
        expect(solve(cg(2, { route }))).toMatchObject({ route });
      for (const gram of ['lags', 'patches'] as const) {
        expect(solve(exact({ gram }))).toMatchObject({ route: 'primal', gram });
        expect(solve(cg(2, { gram }))).toMatchObject({ route: 'primal', gram });
      }
      expect(solve(exact({ gram: 'lags' })).precision).toBe('float32');
    });
  });

  it('refuses what contradicts itself', () => {
    scope(() => {
      const design = convolutionDesign(2);
      const line = (solver: Solver.Solver): string =>
        messageOf(attempt(() => Solver.solveRidge(design, random(2, [3, 3, 3, 2]), 1, solver)));
      expect(line(exact({ gram: 'lags', route: 'dual' }))).toBe(
        'options error at solver.route: expected the primal route, to form AᵀA by lags, found dual',
      );
      expect(line(cg(2, { gram: 'patches', route: 'matrixFree' }))).toBe(
        'options error at solver.route: expected the primal route, to form AᵀA by patches, found matrixFree',
      );
      expect(line(exact({ gram: 'lags', precision: 'float64' }))).toBe(
        'options error at solver.gram: expected product or patches in precision float64, found lags',
      );
      expect(line(exact({ gram: 'product' }))).toBe(
        'options error at solver.gram: expected one of lags, patches for this layer, found product',
      );
      expect(line(exact({ tolerance: Number.NaN }))).toBe(
        'options error at exact.tolerance: expected a finite number of at least 0, found NaN',
      );
    });
  });

  it('never calls a solve converged whose numbers are none', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity])
      for (const solver of asked)
        for (const where of ['x', 'h'] as const)
          scope(() => {
            const put = (t: Tensor, here: boolean): Tensor => {
              const v = Float32Array.from(t.dataSync());
              if (here) v[1] = bad;
              return tensor(v, [...t.shape]);
            };
            const [x, h] = [put(random(1, [6, 4]), where === 'x'), put(random(2, [3, 6]), where === 'h')];
            const found = attempt(() => Solver.solveRidge(denseDesign(x, 3), h, 0.5, solver));
            if (found._tag === 'Right') expect(readNow(found.right.report).converged).toBe(false);
            else expect(found.left._tag).toBe('solver');
          });
  });

  it('lowers the energy where inputs are tiny beside the column of ones', () => {
    for (const solver of [cg(10), cg(10, { precision: 'float32' }), exact(), exact({ precision: 'float32' })])
      scope(() => {
        const [rows, fanIn, units] = [100, 50, 20];
        const [x, h] = [random(3, [rows, fanIn], 0, 1e-4), random(4, [units, rows])];
        const found = Solver.solveRidge(denseDesign(x, units), h, 1e-6, solver);
        const { weights, bias } = found.value;
        const host = { rows, fanIn, units, beta: 1e-6, what: '' };
        const { energy } = judged(
          { ...host, x: Float32Array.from(toHost(x)), h: Float32Array.from(toHost(h)) },
          toHost(weights),
          toHost(bias),
        );
        expect(energy).toBeLessThanOrEqual(1);
      });
  });

  it.each(['linear', 'conv2d', 'bilinear'] as const)('has an operator that is A: %s', (which) => {
    scope(() => {
      const design: Solver.Design<Tree.Tree> =
        which === 'linear'
          ? denseDesign(random(1, [6, 4]), 7)
          : which === 'conv2d'
            ? convolutionDesign(7)
            : (bilinear(2, 3, 7).design?.(random(1, [6, 5])) ?? expect.fail('a design'));
      const a = design.matrix();
      const { operator, dualGramOfInputs } = design;
      if (operator === undefined || dualGramOfInputs === undefined) return expect.fail('both');
      const close = (x: Tensor, y: Tensor): void => {
        expect(relativeDistance(toHost(x), toHost(y))).toBeLessThan(1e-5);
      };
      // Any number of units, also another than the layer's.
      for (const m of [1, 3, 9]) {
        const [v, h] = [random(5, [m, design.columns]), random(6, [m, design.rows])];
        close(operator.apply(v), matMul(v, a, false, true));
        close(operator.adjoint(h), matMul(h, a));
      }
      const [by, held] = [random(7, [3, 7]), design.fromUnits(random(8, [7, design.rows]))];
      close(operator.mix(by, held), matMul(by, design.toUnits(held)));
      const k = toHost(matMul(a, transpose(a)));
      expect(
        relativeDistance(
          toHost(dualGramOfInputs()).map((value) => value + 1),
          k,
        ),
      ).toBeLessThan(1e-5);
      expect(values(held).length).toBe(7 * design.rows);
    });
  });
});
