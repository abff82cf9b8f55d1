/** The few numbers and host copies of tensors that the rest of the library needs. */
import { mul, sum, Tensor } from '@tensorflow/tfjs-core';
import { scope } from './scope';
import { leaves, type Tree, zip } from './tree';

/**
 * Copies the numbers of a tensor to the host, in row-major order, as float64.
 *
 * @param x a tensor of any shape. On a GPU the call waits for its value
 *
 * @example toHost(x).length // 6
 */
export const toHost = (x: Tensor): Float64Array => new Float64Array(x.dataSync());

/**
 * Reads the one number of a scalar tensor.
 *
 * @param x a scalar tensor. On a GPU the call waits for its value
 *
 * @example toNumber(scalar(2)) // 2
 */
export const toNumber = (x: Tensor): number => x.dataSync()[0] ?? Number.NaN;

/**
 * The inner product ⟨a, b⟩ of two trees. The backend sums the products of each tensor in float32,
 * and the host adds these sums in float64.
 */
export const innerProduct = <T extends Tree>(a: T, b: T): number =>
  scope(() => leaves(zip((x, y) => sum(mul(x, y)))(a, b)).reduce((total, part) => total + toNumber(part), 0));

/** Whether a value is a tensor: programs without types give anything. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** ‖a‖ = √⟨a, a⟩ over all tensors of a tree. */
export const norm = (a: Tree): number => Math.sqrt(innerProduct(a, a));
