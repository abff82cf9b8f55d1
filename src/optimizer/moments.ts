/**
 * The parts that the transforms of the library share: their moments, and the ε that they add to
 * roots of them.
 */
import { engine, zerosLike } from '@tensorflow/tfjs-core';
import { fail, asFloat32, positive, Tree } from '../core';
import { type Formula } from '../ops';

export const zeros = <P extends Tree.Tree>(parameters: P): P => Tree.map((p) => zerosLike(p))(parameters);

/** A moment of a rule; there are as many as `init` made. */
export const moment = (moments: readonly Formula.Formula[], i: number): Formula.Formula =>
  moments[i] ?? fail('schedule', 'optimizer', `a moment ${i} in its state`, 'none');

/**
 * The smallest ε beside a root of squares in float32. A moment whose squares underflow, below
 * 1e-19, has a root that vanishes beside it. A smaller ε would make steps of 1e5 where the formula
 * makes steps of 1.
 */
const LEAST_EPSILON = 1e-16;

export const checkEpsilon = (epsilon: number): void => {
  asFloat32('epsilon', positive('epsilon', epsilon));
  if (engine().backendName !== 'float64' && epsilon < LEAST_EPSILON)
    fail('options', 'epsilon', `a number of at least ${LEAST_EPSILON} in float32`, `${epsilon}`);
};
