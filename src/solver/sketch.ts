/**
 * A few combinations of many units with random signs. Each unit is a system with the same matrix,
 * so a combination of solutions solves the combination of the systems. Its squared residual is on
 * average the sum of the units' squared residuals (Hutchinson 1990). Every combination contains
 * every unit, so none can hide, as it could from a sample.
 */
import { matMul, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** ±1, the same every time: the top bit of a linear congruential generator (Numerical Recipes). */
export const signs = (count: number): Float32Array => {
  let state = 0x2545f491;
  const found = new Float32Array(count);
  // Thirty times as fast as `from` with a function: of thousands of units there are tens of thousands.
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    found[i] = state < 0 ? -1 : 1;
  }
  return found;
};

/** Signs of a sequence that is then repeated: a prime number of them. */
export const PERIOD = 1021;

const FEW = 4;
const MANY_UNITS = 64;

/**
 * The number of combinations that are measured: all units one by one up to 4, then 4, and from 64
 * units on 8, which then cost nothing. In the worst case, if the residuals of all units are
 * parallel, the norm scatters by a third, or a quarter with 8, and falls to a tenth of its true
 * value with a probability of 2e-4, or 1e-9.
 */
export const combinations = (units: number): number =>
  units <= FEW ? units : units < MANY_UNITS ? FEW : 2 * FEW;

/** [combinations, units], or `undefined` if the units are measured one by one. */
export const signMatrix = (units: number): Float32Array | undefined =>
  units <= FEW ? undefined : signs(combinations(units) * units);

/** `by`·M for a matrix of units M, or M itself. */
export const mixed = (by: Tensor | undefined, m: Tensor): Tensor => (by === undefined ? m : matMul(by, m));

export const signTensor = (units: number): Tensor | undefined => {
  const by = signMatrix(units);
  return by === undefined ? undefined : tensor(by, [combinations(units), units]);
};
