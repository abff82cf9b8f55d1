/** Gradients of reductions, and of softmax. */
import {
  cast,
  cumsum,
  div,
  equal,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tile,
  transpose,
  util,
} from '@tensorflow/tfjs-core';
import { axesAttr, flagAttr, inversePermutation, numberAttr, rule, saved, type GradientRule } from './rule';

/** The shape with the reduced axes as 1, for reshaping a reduced cotangent. */
const keptShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((dim, i) => (axes.includes(i) ? 1 : dim));

/** The cotangent of a sum along `axes`, for each of the summed entries. */
const spread = (dy: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  tile(
    reshape(dy, keptShape(x.shape, axes)),
    x.shape.map((dim, i) => (axes.includes(i) ? dim : 1)),
  );

const total = rule('Sum', ['x'], (dy, kept, attrs) => {
  const x = saved(kept, 0);
  return { x: () => spread(dy, x, axesAttr(attrs['axis'], x.shape)) };
});

const mean = rule('Mean', ['x'], (dy, kept, attrs) => {
  const x = saved(kept, 0);
  const axes = axesAttr(attrs['axis'], x.shape);
  return { x: () => div(spread(dy, x, axes), util.sizeFromShape(axes.map((axis) => x.shape[axis] ?? 1))) };
});

/** The rows [m, n], shifted towards the end or the beginning, with ones in the free places. */
const shifted = (rows: Tensor, by: number, towardsEnd: boolean): Tensor => {
  const [m = 0, n = 0] = rows.shape;
  const rest = slice(rows, [0, towardsEnd ? 0 : by], [m, n - by]);
  return pad(rest, [[0, 0], towardsEnd ? [by, 0] : [0, by]], 1);
};

/**
 * For each entry of the rows [m, n], the product of all entries before or after it, computed by
 * doubling.
 */
const productBeside = (rows: Tensor, before: boolean): Tensor => {
  const n = rows.shape[1] ?? 0;
  let product = shifted(rows, 1, before);
  for (let by = 1; by < n; by *= 2) product = mul(product, shifted(product, by, before));
  return product;
};

/**
 * The derivative by a factor is the product of the other factors. It is computed without division,
 * so factors may be zero.
 */
const productRule = rule('Prod', ['x'], (dy, kept, attrs) => {
  const x = saved(kept, 0);
  const axes = axesAttr(attrs['axis'], x.shape);
  const n = util.sizeFromShape(axes.map((axis) => x.shape[axis] ?? 1));
  if (n === 0) return { x: () => spread(dy, x, axes) };
  // The axes of the product are brought to the end, and put back.
  const perm = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  return {
    x: () => {
      const moved = transpose(x, perm);
      const rows = reshape(moved, [x.size / n, n]);
      const others = mul(productBeside(rows, true), productBeside(rows, false));
      const back = transpose(reshape(others, moved.shape), inversePermutation(perm));
      return mul(reshape(dy, keptShape(x.shape, axes)), back);
    },
  };
});

/** The entries that attain the extremum share its cotangent equally. */
const extremum = (kernelName: string): GradientRule => ({
  kernelName,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, kept, attrs) => {
    const x = saved(kept, 0);
    // tfjs calls the axes of this one kernel Max otherwise.
    const axes = axesAttr(attrs['reductionIndices'] ?? attrs['axis'], x.shape);
    const shape = keptShape(x.shape, axes);
    const attained = cast(equal(x, reshape(saved(kept, 1), shape)), 'float32');
    const ties = sum(attained, axes, true);
    const cotangent = Array.isArray(dy) ? saved(dy, 0) : dy;
    return { x: () => mul(div(attained, ties), reshape(cotangent, shape)) };
  },
});

/** The adjoint of a running sum is the running sum from the other end. */
const cumulative = rule('Cumsum', [], (dy, _kept, attrs) => ({
  x: () =>
    cumsum(dy, numberAttr(attrs['axis'], 0), flagAttr(attrs['exclusive']), !flagAttr(attrs['reverse'])),
}));

/** softmax along the last axis: dx = y ⊙ (dy − Σ dy ⊙ y). */
const softmaxRule = rule('Softmax', ['logits'], (dy, kept, attrs) => ({
  logits: () => {
    const y = softmax(saved(kept, 0), numberAttr(attrs['dim'], -1));
    const weighted = mul(dy, y);
    return sub(weighted, mul(sum(weighted, -1, true), y));
  },
}));

export const reduction: readonly GradientRule[] = [
  total,
  mean,
  extremum('Max'),
  extremum('Min'),
  cumulative,
  productRule,
  softmaxRule,
];
