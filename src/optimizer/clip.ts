/** Gradient clipping: of each number, or of the whole direction. */
import { asFloat32, positive, Tree } from '../core';
import { Formula } from '../ops';
import { type Optimizer, single } from './optimizer';
import { clippedToNorm } from './size';
import { perTensor } from './tensors';

const { affine, max, min } = Formula;

/**
 * Clips each number of the direction to [−most, most]. A number that is not finite becomes NaN, so
 * that the training ends there instead of going on.
 *
 * Making the state fails with a `Fault` (`options`) if `most` is not positive and finite.
 *
 * @param most the largest absolute value
 *
 * @example chain(clip(1), adam(1e-3))
 */
export const clip = (most: number): Optimizer =>
  single({
    name: 'clip',
    init: () => {
      asFloat32('clip', positive('clip', most));
      return { step: 0, moments: [] };
    },
    // 0 times ∞ is NaN.
    rule: (d) => ({ direction: min(max(d, affine(d, 0, -most)), affine(d, 0, most)), moments: [] }),
  });

/**
 * Gradient clipping by the global norm (Pascanu et al. 2013): ‖d‖ is over all numbers of all
 * tensors.
 *
 *     u = d·min(1, most/‖d‖)
 *
 * A direction that is short enough stays as it is, to the bit. The norm does not overflow where
 * squares would. If a number is not finite, the whole direction becomes NaN.
 *
 * Making the state fails with a `Fault` (`options`) if `most` is not positive and finite.
 *
 * @param most the largest norm
 *
 * @example chain(clipByGlobalNorm(1), adam(1e-3))
 */
export const clipByGlobalNorm = (most: number): Optimizer =>
  single({
    name: 'clipByGlobalNorm',
    init: () => {
      asFloat32('clip norm', positive('clip norm', most));
      return { step: 0, moments: [] };
    },
    update: (direction, { step }) => ({
      direction: Tree.map(clippedToNorm(Tree.leaves(direction), most))(direction),
      slot: { step: step + 1, moments: [] },
    }),
  });

/**
 * Clips each tensor of n numbers by its root mean square, ‖d‖/√n:
 *
 *     u = d·min(1, most·√n/‖d‖)
 *
 * It fails as `clipByGlobalNorm` does.
 *
 * @param most the largest root mean square
 *
 * @example chain(clipByRms(1), adam(1e-3))
 */
export const clipByRms = (most: number): Optimizer =>
  single(
    perTensor({
      name: 'clipByRms',
      check: () => {
        asFloat32('clip root mean square', positive('clip root mean square', most));
      },
      update: (d) => ({ direction: clippedToNorm([d], most * Math.sqrt(d.size))(d), memory: [] }),
    }),
  );
