/** The path without reads, which GPUs take, on wasm: laws of the solvers, and a training. */
import { engine, matMul, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cg,
  chain,
  direction,
  exact,
  Key,
  linear,
  liveTensors,
  dispose,
  pendingResiduals,
  proxprop,
  readSolves,
  relu,
  scope,
  Solver,
  softmaxCrossEntropy,
  toHost,
  toNumber,
} from '../../src';
import { readsStall } from '../../src/internal';
import {
  askedIsDone,
  check,
  conjugateGradientLaw,
  descent,
  implicitOptimality,
  implicitStability,
  optimality,
  relativeDistance,
  ridgeBy,
  stability,
  stepBy,
  unitsOfSolves,
  values,
} from '../../laws';
import { readsStallOn } from '../../src/core/stall';
import { casesOf, right, started } from '../support';
import { survey } from './survey';

const net = chain(linear(12, 9), relu(9), linear(9, 70), relu(70), linear(70, 3));
const directionBy = (solver: Solver.Solver) =>
  scope(() => {
    const key = Key.key(4);
    const target = tensor(
      Int32Array.from({ length: 20 }, (_, i) => i % 3),
      [20],
      'int32',
    );
    const input = Key.uniform(Key.fold(key, 1), [20, 12], 0, 1);
    const method = proxprop({ solver, tauTheta: 1 });
    return right(direction(net, softmaxCrossEntropy, method)(net.init(key), { input, target }));
  });

describe('without reads', () => {
  let read: readonly Float64Array[] = [];
  beforeAll(async () => {
    await started('wasm');
    read = [exact(), cg(4)].map((solver) => scope(() => values(directionBy(solver).direction)));
    readsStallOn(engine().backend);
  });

  it('nothing is read', () => {
    expect(readsStall()).toBe(true);
    const { report, value } = Solver.solveRidge(
      linear(3, 2).design?.(Key.uniform(Key.key(1), [4, 3], -1, 1)) ?? expect.fail('a design'),
      Key.uniform(Key.key(2), [2, 4], -1, 1),
      1,
      exact(),
    );
    expect(typeof report.residual).toBe('object');
    expect(report.converged).toBeUndefined();
    dispose(value, pendingResiduals([report]));
  });

  it.each([
    ['46', 'solves', unitsOfSolves()],
    ['47', 'solves', askedIsDone()],
    ['5', 'ridge', optimality(ridgeBy(exact()), [1e-4, 1], 'float32')],
    ['8', 'ridge', descent(ridgeBy(exact()), [1e-4, 1])],
    ['9', 'ridge', stability(ridgeBy(exact()))],
    ['10', 'ridge', conjugateGradientLaw((x, h, beta, k) => ridgeBy(cg(k))(x, h, beta), 'float32')],
    ['5', 'a layer', implicitOptimality({ name: 'linear', make: () => linear(4, 3) }, stepBy(exact()), 0)],
    ['9', 'a layer', implicitStability({ name: 'linear', make: () => linear(4, 3) }, stepBy(exact()))],
  ] as const)('law %s of %s holds', (_, __, law) => {
    // Each law has its own cases, but none is a function of them that TypeScript could join.
    const report = check(law as Parameters<typeof check>[0], { numRuns: casesOf(40) });
    console.log(report.law, report.cases, report.seed);
    expect(report.violation).toBeUndefined();
  });

  it.each([
    ['random', 60],
    ['contrary', 60],
    ['large', 16],
  ] as const)('%s systems: true residuals are what is reported, and no step goes uphill', (kind, count) => {
    const found = survey(casesOf(count), kind, 1);
    expect([found.silent, found.uphill, found.faults]).toEqual([[], [], []]);
    expect(found.converged).toBeGreaterThan(found.solves / 3);
  });

  it('directions are those of the other path, and leave no tensor', async () => {
    const before = liveTensors();
    for (const [i, solver] of [exact(), cg(4)].entries()) {
      const d = directionBy(solver);
      // Float32 all the way at a condition number below 1e3.
      expect(relativeDistance(values(d.direction), read[i] ?? new Float64Array(0))).toBeLessThan(1e-4);
      const solves = await readSolves(d.solves)();
      if (i === 0) expect(solves.every(({ converged }) => converged)).toBe(true);
      dispose(d.direction, d.loss, pendingResiduals(d.solves));
    }
    expect(liveTensors()).toBe(before);
  });

  it('the inverse by products of a diagonal matrix is right to 1e-6 up to a condition number of 1e7', () => {
    scope(() => {
      for (const kappa of [1, 1e3, 1e5, 1e7]) {
        const diagonal = [1, 0.3, 1e-2, 1e-4, 1e-6, 1 / kappa].map((v) => Math.max(v, 1 / kappa));
        const n = diagonal.length;
        const k = tensor(
          Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? (diagonal[i % n] ?? 0) : 0)),
          [n, n],
        );
        const { inverse, residual } = Solver.inverseByProducts(k, 0);
        const one = toHost(matMul(inverse, k));
        const off = one.map((v, i) => v - (i % (n + 1) === 0 ? 1 : 0));
        expect(Math.hypot(...off) / Math.sqrt(n)).toBeLessThan(1e-6);
        expect(toNumber(residual)).toBeLessThan(1e-6);
      }
    });
  });
});
