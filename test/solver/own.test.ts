/** A solver that the user brings: told the system as it stands, and judged as those of the library are. */
import { add, matMul, mul, sub, tensor, type Tensor, zeros, zerosLike } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  denseDesign,
  attempt,
  backprop,
  chain,
  direction,
  exact,
  Key,
  layer,
  linear,
  liveTensors,
  opaque,
  ownSolver,
  plannedRoutes,
  proxprop,
  relu,
  residual,
  routes,
  scope,
  Solver,
  softmaxCrossEntropy,
  tanh,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { casesOf, messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

const SEED = 1;
const none = new Float64Array(0);

/** Steepest descent with exact line search, enough of it for small systems that are not ill conditioned. */
const steepest = (steps: number) =>
  ownSolver('steepest', ({ right: g, product }) => {
    const dot = (a: Tensor, b: Tensor): number => {
      const [x, y] = [values(a), values(b)];
      return x.reduce((total, v, i) => total + v * (y[i] ?? 0), 0);
    };
    let v = zerosLike(g);
    for (let i = 0; i < steps; i++) {
      const r = sub(g, product(v));
      const along = dot(r, product(r));
      if (along === 0) return v;
      v = add(v, mul(r, dot(r, r) / along));
    }
    return v;
  });

const system = (rows: number, columns: number, units: number, seed: number) => {
  const key = Key.key(seed);
  return {
    design: denseDesign(Key.uniform(Key.fold(key, 0), [rows, columns - 1], -1, 1), units),
    h: Key.normal(Key.fold(key, 1), [units, rows]),
  };
};

describe('a solver of your own', () => {
  it('solves the systems that `exact()` solves', () => {
    const numRuns = casesOf(20);
    console.log(`solvers of your own: ${numRuns} cases, seed ${SEED}`);
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 9 }),
          columns: fc.integer({ min: 2, max: 6 }),
          units: fc.integer({ min: 1, max: 4 }),
          seed: fc.integer({ min: 0, max: 1000 }),
        }),
        ({ rows, columns, units, seed }) => {
          scope(() => {
            const { design, h } = system(rows, columns, units, seed);
            // β of the size of AᵀA: some hundred steps converge.
            const [own, known] = [steepest(300), exact()].map((s) => Solver.solveRidge(design, h, rows, s));
            expect(own?.report).toMatchObject({ route: 'own', converged: true });
            // Both are float32, and the residual below 1e-4 at a condition number of at most 1 + columns.
            expect(relativeDistance(values(own?.value ?? []), values(known?.value ?? []))).toBeLessThan(1e-3);
          });
        },
      ),
      { numRuns, seed: SEED },
    );
  });

  it('is told AᵀA and β that belong to its product', () => {
    scope(() => {
      const { design, h } = system(7, 4, 3, 1);
      const seen: number[] = [];
      const asking = ownSolver('asking', ({ right: g, product, gram, beta }) => {
        const k = gram?.() ?? zeros([4, 4]);
        const probe = Key.normal(Key.key(5), [3, 4]);
        seen.push(relativeDistance(values(add(matMul(probe, k), mul(probe, beta))), values(product(probe))));
        return zerosLike(g);
      });
      const { report } = Solver.solveRidge(design, h, 0.5, asking);
      // Sums of at most 7 products in float32.
      expect(seen[0]).toBeLessThan(1e-6);
      expect(report).toMatchObject({ route: 'own', iterations: 1, converged: false });
      // Nothing solved: all of AᵀH is left.
      expect(report.residual).toBeCloseTo(1, 5);
    });
  });

  it('is judged: what has not converged says so, and does not make the energy rise', () => {
    scope(() => {
      const { design, h } = system(8, 4, 2, 2);
      const uphill = ownSolver('uphill', ({ right: g }) => mul(g, -1));
      const { value, report } = Solver.solveRidge(design, h, 0.5, uphill);
      expect(report.converged).toBe(false);
      expect(Math.max(...values(value).map(Math.abs))).toBe(0);
    });
  });

  it('is refused by one line where its answer is none', () => {
    const { messages } = scope(() => {
      const { design, h } = system(5, 3, 2, 3);
      const answers: Record<string, () => Tensor> = {
        throws: () => {
          throw new Error('my mistake');
        },
        shape: () => zeros([2, 2]),
        whole: () => zeros([2, 3], 'int32'),
      };
      return {
        messages: Object.entries(answers).map(([name, solve]) =>
          messageOf(attempt(() => Solver.solveRidge(design, h, 1, ownSolver(name, solve)))),
        ),
      };
    });
    expect(messages).toEqual([
      'solver error at solver throws: expected a function that runs on its inputs, found my mistake',
      'solver error at solver shape: expected a float32 tensor [2, 3], found float32 [2, 2]',
      'solver error at solver whole: expected a float32 tensor [2, 3], found int32 [2, 3]',
    ]);
  });
});

/** Affine in its gain, and says so, but has no design. */
const scaled = layer({
  name: 'scaled',
  input: [4],
  output: [4],
  affine: true,
  init: (key) => ({ gain: Key.uniform(key, [4], 0.5, 1) }),
  forward: ({ gain }, x) => mul(x, gain),
});

describe('in a schedule', () => {
  const net = chain(
    linear(5, 4),
    relu(4),
    opaque(residual(chain(linear(4, 4), tanh(4), linear(4, 4)))),
    linear(4, 3),
  );
  const example = () => ({
    input: Key.normal(Key.key(1), [6, 5]),
    target: tensor(new Int32Array(6), [6], 'int32'),
  });

  it('takes every block, with a design or without, and leaves nothing', () => {
    scope(() => {
      const parameters = net.init(Key.key(2));
      const batch = example();
      const method = proxprop({ solver: steepest(30), tauTheta: 0.05 });
      expect(method.name).toBe('proxprop steepest');
      const before = liveTensors();
      const rows = right(routes(net, softmaxCrossEntropy, method)(parameters, batch));
      expect(liveTensors()).toBe(before);
      expect(rows.map(({ step, solve }) => [step, solve?.route, solve?.converged])).toEqual([
        ['implicit', 'own', true],
        ['no parameters', undefined, undefined],
        ['implicit', 'gaussNewton', true],
        ['explicit', undefined, undefined],
      ]);
      const planned = right(plannedRoutes(net, softmaxCrossEntropy, method)(parameters, batch));
      expect(planned.map(({ route, price }) => [route, price])).toEqual([
        ['own', undefined],
        [undefined, undefined],
        ['gaussNewton', undefined],
        [undefined, undefined],
      ]);
    });
  });

  it('is shortened to its best length on a block without a design, and says what it knows of the residual then', () => {
    scope(() => {
      // V = 4·V*: its residual is 3, its best length a quarter.
      const fourfold = ownSolver('fourfold', (asked) => mul(steepest(200).solve(asked), 4));
      const affine = chain(scaled, linear(4, 3));
      const parameters = affine.init(Key.key(3));
      const batch = {
        input: Key.normal(Key.key(1), [6, 4]),
        target: tensor(new Int32Array(6), [6], 'int32'),
      };
      const directions = [fourfold, steepest(200)].map((solver) => {
        const method = proxprop({ solver, tauTheta: 0.05 });
        const [row] = right(routes(affine, softmaxCrossEntropy, method)(parameters, batch));
        const found = right(direction(affine, softmaxCrossEntropy, method)(parameters, batch));
        return { report: row?.solve, first: values(found.direction).slice(0, 4) };
      });
      const [shortened, whole] = directions;
      // ‖g − s·M·v‖ ≤ (1 − s)·‖g‖ + s·‖g − M·v‖ = 3/4 + 3/4; the solves are float32 to 1e-4.
      expect(shortened?.report?.residual).toBeCloseTo(1.5, 3);
      expect(shortened?.report).toMatchObject({ route: 'matrixFree', converged: false });
      expect(relativeDistance(shortened?.first ?? none, whole?.first ?? none)).toBeLessThan(1e-3);
    });
  });

  it('names its link where it fails', () => {
    scope(() => {
      const failing = proxprop({
        solver: ownSolver('failing', () => {
          throw new Error('not today');
        }),
      });
      const found = routes(net, softmaxCrossEntropy, failing)(net.init(Key.key(2)), example());
      expect(messageOf(found)).toMatch(/^solver error at link 3 \(.*\), θ_3, solver failing: .*not today/);
    });
  });

  it('is not asked where no step is implicit', () => {
    scope(() => {
      const rows = right(routes(net, softmaxCrossEntropy, backprop())(net.init(Key.key(2)), example()));
      expect(rows.every(({ solve }) => solve === undefined)).toBe(true);
    });
  });
});
