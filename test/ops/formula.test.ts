/** Formulas of single numbers at their jumps and kinks, on each backend: what they are there is said, not left to a kernel. */
import { engine, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Formula, scope, toHost } from '../../src';
import { onReference } from '../../src/backend/reference';
import { started, testBackends } from '../support';

const { abs, affine, erf, exp, input, logistic, max, min, sign, where } = Formula;

/** Five numbers: a block of four, and what is left over. */
const X = [-2, 0, 3, Number.NaN, -Infinity];
const Y = [1, -1, Number.NaN, 5, Infinity];

const rows: readonly (readonly [string, Formula.Formula, readonly number[]])[] = [
  ['sign', sign(input(0)), [-1, 0, 1, Number.NaN, -1]],
  ['abs', abs(input(0)), [2, 0, 3, Number.NaN, Infinity]],
  ['max', max(input(0), input(1)), [1, 0, Number.NaN, Number.NaN, Infinity]],
  ['min', min(input(0), input(1)), [-2, -1, Number.NaN, Number.NaN, -Infinity]],
  // At 0 the second; a NaN that is not taken does not count, one of the condition does.
  ['where', where(input(0), affine(input(0), 0, 7), input(1)), [1, -1, 7, Number.NaN, Infinity]],
  // Where they are whole numbers to the last bit of float32, on GPUs too.
  ['exp', exp(input(0)), [expect.closeTo(Math.exp(-2), 6), 1, expect.closeTo(Math.exp(3), 4), Number.NaN, 0]],
  ['erf', erf(affine(input(0), 3)), [-1, 0, 1, Number.NaN, -1]],
  ['logistic', logistic(affine(input(0), 999)), [0, 0.5, 1, Number.NaN, 0]],
  ['a constant', affine(input(0), 0, 4), [4, 4, 4, Number.NaN, Number.NaN]],
];

const found = (formula: Formula.Formula): number[] =>
  scope(() => {
    const inputs = [tensor1d(X), tensor1d(Y)];
    return [...toHost(Formula.evaluate([formula], inputs)[0] ?? tensor1d([]))];
  });

for (const backend of testBackends)
  describe(`formulas on ${backend}`, () => {
    beforeAll(() => started(backend));

    it.each(rows)('%s', (_, formula, expected) => {
      expect(engine().backendName).toBe(backend);
      expect(found(formula).map((v) => v + 0)).toEqual(expected);
    });

    it.each(rows)('%s on the float64 reference', (_, formula, expected) => {
      expect(onReference(() => found(formula).map((v) => v + 0))).toEqual(expected);
    });
  });
