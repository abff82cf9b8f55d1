/**
 * AAᵀ with the column of ones kept apart: in one float32 matrix, xxᵀ + 1 would round away inputs
 * that are small beside 1.
 */
import { add, matMul, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type Design } from './operator';

/** K + c: the number c is added to every entry of K. */
export interface DualGram {
  readonly k: Tensor;
  readonly plus: number;
}

export const dualGramOf = <P extends Tree.Tree>(design: Design<P>): DualGram =>
  design.dualGramOfInputs === undefined
    ? { k: design.dualGram(), plus: 0 }
    : { k: design.dualGramOfInputs(), plus: 1 };

/** S·(K + c) for the rows of S, as two products. */
export const timesDual = (s: Tensor, { k, plus }: DualGram): Tensor =>
  plus === 0 ? matMul(s, k) : add(matMul(s, k), mul(sum(s, 1, true), plus));
