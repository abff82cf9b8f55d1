/**
 * Normalisation, (x − mean)/standard deviation, as an op: a kernel of its own if the backend has
 * one.
 */
import {
  abs,
  add,
  div,
  fill,
  max,
  maximum,
  mean,
  mul,
  reshape,
  rsqrt,
  slice,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { unrecorded } from '../core';
import { hasKernel, runOwnForOne } from './kernel';
import { type NormaliseAttributes } from './ownKernels';

/**
 * (x − mean) / √(variance + ε), both along some axes; the variance divides by n. Let a be the first
 * number of each example, and s = max(√ε, max |x − a|). Both count as constants, as the result does
 * not depend on them:
 *
 *     u = (x − a)/s,   v = u − mean u,   v / √(mean v² + ε/s²)
 *
 * If the mean is large compared with the deviations, these lose no digits; equal numbers give 0,
 * and no square overflows. (The code subtracts sixteenths: the difference of two float32 numbers
 * may overflow, and GPUs divide by multiplying with the reciprocal, which is 0 to them above 8e37.)
 */
export const normalised = (x: Tensor, axes: readonly number[], epsilon: number): Tensor => {
  const along = [...axes];
  const sixteenths = mul(x, 1 / 16);
  const first = unrecorded(() =>
    slice(
      sixteenths,
      x.shape.map(() => 0),
      x.shape.map((d, i) => (along.includes(i) ? 1 : d)),
    ),
  );
  const moved = sub(sixteenths, first);
  const least = Math.sqrt(epsilon) / 16;
  const scale = unrecorded(() => maximum(max(abs(moved), along, true), fill([], least)));
  const scaled = div(moved, scale);
  const centred = sub(scaled, mean(scaled, along, true));
  const added = unrecorded(() => square(div(fill([], least), scale)));
  return mul(centred, rsqrt(add(mean(square(centred), along, true), added)));
};

/** Whether `normalisedGroups` of x is one kernel, which remembers its argument alone: it reads float32. */
export const normalisesAtOnce = ({ dtype }: Tensor): boolean => dtype === 'float32' && hasKernel('Normalise');

/** x as [N, places, groups, width]. */
export const asGroups = (x: Tensor, { places, groups, width }: NormaliseAttributes): Tensor =>
  reshape(x, [x.size / (places * groups * width), places, groups, width]);

/**
 * (x − μ)/√(σ² + ε) of x, seen as [N, places, groups, width], with μ and σ² those of each group of an
 * example; in the shape of x.
 */
export const normalisedGroups = (x: Tensor, how: NormaliseAttributes): Tensor =>
  normalisesAtOnce(x)
    ? runOwnForOne('Normalise', { x }, how)
    : reshape(normalised(asGroups(x, how), [1, 3], how.epsilon), x.shape);

/**
 * The pull-back of `normalisedGroups`, which is symmetric: r·(dy − mean dy − x̂·mean(x̂·dy)) with r
 * = 1/√(σ² + ε) and x̂ the result. For backends that have the kernel.
 */
export const normalisedGradient = (x: Tensor, dy: Tensor, how: NormaliseAttributes): Tensor =>
  runOwnForOne('NormaliseGradient', { x, dy }, how);
