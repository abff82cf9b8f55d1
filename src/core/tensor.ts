/** The few numbers and host copies of tensors that the rest of the library needs. */
import {
  abs,
  div,
  equal,
  max,
  mul,
  onesLike,
  scalar,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { scope } from './scope';
import { leaves, type Tree, zip } from './tree';

/** The values of a tensor in row-major order, as a copy in float64 on the host. */
export const toHost = (x: Tensor): Float64Array => new Float64Array(x.dataSync());

/** The one value of a scalar tensor. */
export const toNumber = (x: Tensor): number => x.dataSync()[0] ?? Number.NaN;

/** ⟨a, b⟩: each tensor's sum of products in the backend's float32, the sum of these in float64 on the host. */
export const innerProduct = <T extends Tree>(a: T, b: T): number =>
  scope(() => leaves(zip((x, y) => sum(mul(x, y)))(a, b)).reduce((total, part) => total + toNumber(part), 0));

/**
 * ‖a‖ over all tensors of a tree, as a scalar that is not read: m·√(Σ (a/m)²), m = max |a|, so that no square overflows; 0 for a tree of
 * zeros, NaN where a number is.
 */
export const globalNorm = (a: Tree): Tensor =>
  scope(() => {
    const parts = leaves(a).filter(({ size }) => size > 0);
    if (parts.length === 0) return scalar(0);
    const largest = max(stack(parts.map((t) => max(abs(t)))));
    const scale = where(equal(largest, 0), onesLike(largest), largest);
    return mul(scale, sqrt(sum(stack(parts.map((t) => sum(square(div(t, scale))))))));
  });

/** ‖a‖ = √⟨a, a⟩ over all tensors of a tree. */
export const norm = (a: Tree): number => Math.sqrt(innerProduct(a, a));
