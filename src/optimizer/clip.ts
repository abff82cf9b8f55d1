/** Gradient clipping: of each number, or of the whole direction. */
import { asFloat32, positive, Tree } from '../core';
import { Formula } from '../ops';
import { type Optimizer, single } from './optimizer';
import { clippedToNorm } from './size';
import { perTensor } from './tensors';

const { affine, max, min } = Formula;

/**
 * Each number of the direction into [−most, most]. A number that is not finite makes NaN, so that training ends with its place
 * instead of going on.
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
 * d·min(1, most/‖d‖), with ‖d‖ over all numbers of all tensors (Pascanu et al. 2013). A direction that is short enough stays as it
 * is, bit by bit; one whose squares overflow is clipped as any other. One with a number that is not finite becomes NaN throughout.
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
 * The same of each tensor for itself, by its root mean square: d·min(1, most/(‖d‖/√numbers)).
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
