/** Gradients of reductions, and of softmax. */
import {
  cast,
  cumsum,
  div,
  equal,
  mul,
  reshape,
  softmax,
  sub,
  sum,
  type Tensor,
  tile,
  util,
} from '@tensorflow/tfjs-core';
import { numbersAttr, numberAttr, rule, saved, type Rule } from './rule';

/** The shape of x with the reduced axes kept as 1: what a reduced cotangent is reshaped to. */
const keptShape = (x: Tensor, axis: number[]): number[] => {
  const axes = util.parseAxisParam(axis.length === 0 ? x.shape.map((_, i) => i) : axis, x.shape);
  return x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
};

const spread = (dy: Tensor, x: Tensor, shape: number[]): Tensor =>
  tile(
    reshape(dy, shape),
    x.shape.map((dim, i) => (shape[i] === 1 ? dim : 1)),
  );

const total = rule('Sum', ['x'], (dy, kept, attrs) => {
  const x = saved(kept, 0);
  return { x: () => spread(dy, x, keptShape(x, numbersAttr(attrs['axis']))) };
});

const mean = rule('Mean', ['x'], (dy, kept, attrs) => {
  const x = saved(kept, 0);
  const shape = keptShape(x, numbersAttr(attrs['axis']));
  return { x: () => div(spread(dy, x, shape), x.size / util.sizeFromShape(shape)) };
});

/** The entries that attain the extremum share its cotangent equally. */
const extremum = (kernelName: string): Rule => ({
  kernelName,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, kept, attrs) => {
    const x = saved(kept, 0);
    // tfjs moves the reduced axes last and names them in `reductionIndices`.
    const axis = numbersAttr(attrs['reductionIndices'] ?? attrs['axis']);
    const shape = keptShape(x, axis);
    const attained = cast(equal(x, reshape(saved(kept, 1), shape)), 'float32');
    const ties = sum(
      attained,
      shape.flatMap((dim, i) => (dim === 1 ? [i] : [])),
      true,
    );
    const cotangent = Array.isArray(dy) ? saved(dy, 0) : dy;
    return { x: () => mul(div(attained, ties), reshape(cotangent, shape)) };
  },
});

/** The adjoint of a running sum is the running sum from the other end. */
const cumulative = rule('Cumsum', [], (dy, _kept, attrs) => ({
  x: () =>
    cumsum(dy, numberAttr(attrs['axis'], 0), attrs['exclusive'] === true, !(attrs['reverse'] === true)),
}));

/** softmax along the last axis: dx = y ⊙ (dy − Σ dy ⊙ y). */
const softmaxRule = rule('Softmax', ['logits'], (dy, kept, attrs) => ({
  logits: () => {
    const y = softmax(saved(kept, 0), numberAttr(attrs['dim'], -1));
    const weighted = mul(dy, y);
    return sub(weighted, mul(sum(weighted, -1, true), y));
  },
}));

const logSoftmaxRule = rule('LogSoftmax', ['logits'], (dy, kept, attrs) => ({
  logits: () => sub(dy, mul(sum(dy, -1, true), softmax(saved(kept, 0), numberAttr(attrs['axis'], -1)))),
}));

export const reduction: readonly Rule[] = [
  total,
  mean,
  extremum('Max'),
  extremum('Min'),
  cumulative,
  softmaxRule,
  logSoftmaxRule,
];
