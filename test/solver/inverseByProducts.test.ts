import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, div, matMul, mul, sub, tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { attempt, Key, liveTensors, scope, Solver, toHost, toNumber } from '../../src';
import { messageOf, started, testBackends } from '../support';

const n = 48;

/** A rotation of n dimensions, by three reflections. */
const rotated = (diagonal: Float32Array): Tensor =>
  scope(() => {
    const identity = tensor(
      Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
      [n, n],
    );
    const q = [1, 2, 3].reduce((from: Tensor, seed) => {
      const v = Key.normal(Key.key(seed), [n, 1]);
      const along = matMul(v, v, true);
      return sub(from, div(mul(2, matMul(v, matMul(v, from, true, false))), along));
    }, identity);
    const k = matMul(mul(q, tensor(diagonal, [1, n])), transpose(q));
    return mul(0.5, add(k, transpose(k)));
  });

const spectra: { readonly [name: string]: (kappa: number, i: number) => number } = {
  geometric: (kappa, i) => kappa ** (-i / (n - 1)) - 1 / kappa,
  'of low rank': (kappa, i) => (i < n / 8 ? 1 - 1 / kappa : 0),
};

/** ‖M·X − I‖/‖I‖ in float64 on the host. */
const residualOf = (k: Float64Array, beta: number, x: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let entry = i === j ? -1 : 0;
      for (let l = 0; l < n; l++) entry += ((k[i * n + l] ?? 0) + (i === l ? beta : 0)) * (x[l * n + j] ?? 0);
      total += entry ** 2;
    }
  return Math.sqrt(total / n);
};

describe.each(testBackends)('the inverse by products, on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await started(backend);
    before = liveTensors();
  });
  afterAll(() => {
    expect(liveTensors()).toBe(before);
  });

  for (const [name, eigenvalue] of Object.entries(spectra))
    it.each([1, 10, 1e2, 1e3, 1e4, 1e5, 1e6])(`of a ${name} spectrum with condition %d`, (kappa) => {
      scope(() => {
        const k = rotated(Float32Array.from({ length: n }, (_, i) => Math.max(0, eigenvalue(kappa, i))));
        const { inverse, residual } = Solver.inverseByProducts(k, 1 / kappa);
        const found = residualOf(toHost(k), 1 / kappa, toHost(inverse));
        // As its docstring says; and float32's rounding where there is nothing to invert.
        expect(found).toBeLessThanOrEqual(1e-7 * (kappa + 10));
        // What it says of itself is right within the rounding of its own product.
        expect(Math.abs(toNumber(residual) - found)).toBeLessThanOrEqual(0.5 * found + 1e-6);
      });
    });

  it('does not depend on the scale of the system', () => {
    scope(() => {
      const k = rotated(Float32Array.from({ length: n }, (_, i) => spectra['geometric']?.(100, i) ?? 0));
      for (const scale of [1e-6, 1e6]) {
        const { residual } = Solver.inverseByProducts(mul(k, scale), scale / 100);
        expect(toNumber(residual)).toBeLessThan(1e-5);
      }
    });
  });

  it('says so where the system is too near a singular one', () => {
    scope(() => {
      const k = rotated(Float32Array.from({ length: n }, (_, i) => (i < n / 8 ? 1 : 0)));
      for (const beta of [1e-9, 0])
        expect(toNumber(Solver.inverseByProducts(k, beta).residual)).toBeGreaterThan(0.1);
    });
  });

  it('takes square matrices and shifts of at least 0 only', () => {
    scope(() => {
      const of = (k: Tensor, beta: number) => messageOf(attempt(() => Solver.inverseByProducts(k, beta)));
      expect(of(tensor([1, 2], [1, 2]), 1)).toBe(
        'shape error at inverseByProducts: expected a square matrix, found [1, 2]',
      );
      expect(of(tensor([1], [1, 1]), -1)).toBe(
        'options error at inverseByProducts.beta: expected a finite number of at least 0, found -1',
      );
    });
  });
});
