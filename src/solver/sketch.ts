/**
 * A few combinations of many units with random signs. Each unit is a system with the same matrix,
 * so a combination of solutions solves the combination of the systems. Its squared residual is on
 * average the sum of the units' squared residuals (Hutchinson 1990). Every combination contains
 * every unit, so none can hide, as it could from a sample.
 */
import { matMul, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwnForOne } from '../ops';

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

/** −1 where a number below 8 has an odd number of bits. */
const PARITY = [1, -1, -1, 1, -1, 1, 1, -1];

/**
 * [combinations, units], or `undefined` if the units are measured one by one. For m combinations,
 * each m units have the columns of a Hadamard matrix of order m (Sylvester 1867), which are
 * exchanged and multiplied by random signs. So the squares of m units of a group are summed exactly,
 * and units of different groups meet with independent signs. `MixSigns` takes a third of the
 * additions of other combinations.
 */
export const signMatrix = (units: number): Float32Array | undefined => {
  if (units <= FEW) return undefined;
  const m = combinations(units);
  const groups = Math.ceil(units / m);
  const random = signs(units + 3 * groups);
  const bit = (i: number): number => ((random[units + i] ?? 1) < 0 ? 1 : 0);
  const by = new Float32Array(m * units);
  for (let g = 0; g < groups; g++) {
    const exchanged = (bit(3 * g) + 2 * bit(3 * g + 1) + 4 * bit(3 * g + 2)) % m;
    for (let i = m * g; i < Math.min(m * (g + 1), units); i++)
      for (let r = 0; r < m; r++)
        by[r * units + i] = (random[i] ?? 1) * (PARITY[r & ((i % m) ^ exchanged)] ?? 1);
  }
  return by;
};

/**
 * `by`·M [m, n] for `by` [m, units] and the matrix `m` of units, M [units, n]; without `by` M itself.
 * You dispose of the result. Throws an error of tfjs, or a `Fault`, if the shapes do not fit.
 *
 * @example mixed(ones([1, 2]), tensor2d([[1, 2], [3, 4]])) // [[4, 6]]
 */
export const mixed = (by: Tensor | undefined, m: Tensor): Tensor => {
  if (by === undefined) return m;
  return hasKernel('MixSigns') ? runOwnForOne('MixSigns', { by, m }, {}) : matMul(by, m);
};

export const signTensor = (units: number): Tensor | undefined => {
  const by = signMatrix(units);
  return by === undefined ? undefined : tensor(by, [combinations(units), units]);
};
