/**
 * Law 41: if the operands of a maximum or a minimum are equal, their cotangents add up to that of
 * the result. The law does not fix how they share it.
 */
import * as fc from 'fast-check';
import { mul, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { gradientOf } from '../src/internal';
import { plus, relativeDistance, values } from './compare';
import { atMost, type Law } from './law';
import { numberOf } from './numbers';

/** The maximum or the minimum of two tensors, number by number. */
export type Extreme = (a: Tensor, b: Tensor) => Tensor;

/**
 * Operands and a cotangent of a few whole numbers, so that there are many ties, and sums are exact
 * in float32.
 */
export interface TieCase {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly dy: readonly number[];
}

const SIZE = 12;
const row = (most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -most, max: most }), { minLength: SIZE, maxLength: SIZE });

const cases: fc.Arbitrary<TieCase> = fc.record({ a: row(1), b: row(1), dy: row(9) });

/**
 * Law 41: if the operands of a maximum or a minimum are equal, their cotangents add up to that of
 * the result. The law leaves open which of them gets it.
 *
 * @param name the function, in the name of the law
 * @param f the maximum or minimum of two tensors
 *
 * @example check(tiesAddUp('maximum', maximum), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const tiesAddUp = (name: string, f: Extreme): Law<TieCase> => ({
  number: numberOf('ties'),
  name: `${name}: the cotangents of both operands add up to that of the result`,
  arbitrary: cases,
  holds: ({ a, b, dy }) => {
    const u = tensor1d([...dy]);
    const operands = { a: tensor1d([...a]), b: tensor1d([...b]) };
    const { gradient } = gradientOf((p: typeof operands) => sum(mul(f(p.a, p.b), u)), operands);
    const both = plus(values([gradient.a]), values([gradient.b]));
    return atMost('the distance of their sum', relativeDistance(both, Float64Array.from(dy)), 0);
  },
});
