/** Every differentiable op, as a function of one or two tensors, with the range that it is tested on. */
import * as tf from '@tensorflow/tfjs-core';

export interface OpRow {
  /** The kernel whose gradient is tested. */
  readonly kernel: string;
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  /** Inputs are uniform on this range: away from kinks and poles. */
  readonly range: readonly [number, number];
}

const unary = (kernel: string, f: (x: tf.Tensor) => tf.Tensor, low = -1.5, high = 1.5): OpRow => ({
  kernel,
  name: kernel,
  shapes: [[2, 3]],
  f: (a) => f(a),
  range: [low, high],
});

const binary = (
  kernel: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  shapes: readonly (readonly number[])[] = [
    [2, 3],
    [2, 3],
  ],
  range: readonly [number, number] = [0.5, 2],
): OpRow => ({ kernel, name: `${kernel} ${shapes.map((s) => `[${s.join()}]`).join(' ')}`, shapes, f, range });

const one = (
  kernel: string,
  name: string,
  shape: readonly number[],
  f: (x: tf.Tensor) => tf.Tensor,
): OpRow => ({
  kernel,
  name: `${kernel}: ${name}`,
  shapes: [shape],
  f: (a) => f(a),
  range: [-1, 1],
});

const unaries: readonly OpRow[] = [
  unary('Abs', tf.abs, 0.2, 2),
  unary('Acos', tf.acos, -0.8, 0.8),
  unary('Acosh', tf.acosh, 1.3, 3),
  unary('Asin', tf.asin, -0.8, 0.8),
  unary('Asinh', tf.asinh),
  unary('Atan', tf.atan),
  unary('Atanh', tf.atanh, -0.8, 0.8),
  unary('Ceil', tf.ceil, 0.1, 0.9),
  unary('Cos', tf.cos),
  unary('Cosh', tf.cosh),
  unary('Elu', tf.elu, -2, -0.1),
  unary('Elu', tf.elu, 0.1, 2),
  unary('Erf', tf.erf),
  unary('Exp', tf.exp),
  unary('Expm1', tf.expm1),
  unary('Floor', tf.floor, 0.1, 0.9),
  unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.3), -2, -0.1),
  unary('Log', tf.log, 0.5, 3),
  unary('Log1p', tf.log1p, -0.5, 3),
  unary('Neg', tf.neg),
  unary('Reciprocal', tf.reciprocal, 0.5, 2),
  unary('Relu', tf.relu, 0.1, 2),
  unary('Relu', tf.relu, -2, -0.1),
  unary('Relu6', tf.relu6, 0.1, 5.9),
  unary('Round', tf.round, 0.6, 1.4),
  unary('Rsqrt', tf.rsqrt, 0.5, 3),
  unary('Selu', tf.selu, -2, -0.1),
  unary('Selu', tf.selu, 0.1, 2),
  unary('Sigmoid', tf.sigmoid),
  unary('Sign', tf.sign, 0.1, 2),
  unary('Sin', tf.sin),
  unary('Sinh', tf.sinh),
  unary('Softplus', tf.softplus),
  unary('Sqrt', tf.sqrt, 0.5, 3),
  unary('Square', tf.square),
  unary('Step', (x) => tf.step(x), 0.1, 2),
  unary('Tan', tf.tan, -0.7, 0.7),
  unary('Tanh', tf.tanh),
  unary('ClipByValue', (x) => tf.mul(tf.clipByValue(x, -1, 1), x), -0.9, 0.9),
  unary('ClipByValue', (x) => tf.clipByValue(x, -1, 1), 1.1, 3),
];

const binaries: readonly OpRow[] = [
  binary('Add', tf.add, [[2, 3], [3]]),
  binary('AddN', (a, b) => tf.addN([a, b, a])),
  binary('Atan2', tf.atan2),
  binary('FloorDiv', tf.floorDiv, [[2, 3], []], [1.1, 1.9]),
  binary('Maximum', tf.maximum),
  binary('Minimum', tf.minimum, [
    [2, 3],
    [1, 3],
  ]),
  binary('Mod', tf.mod, [[2, 3], []], [2.1, 2.9]),
  binary('Multiply', tf.mul, [
    [2, 3],
    [2, 1],
  ]),
  binary('Pow', tf.pow),
  binary('Prelu', (a, b) => tf.prelu(tf.neg(a), b), [[2, 3], [3]]),
  binary('RealDiv', tf.div, [[3], [2, 3]]),
  binary('SquaredDifference', tf.squaredDifference),
  binary('Sub', tf.sub, [[2, 3], []]),
  binary('Select', (a, b) => tf.where(tf.greater(a, 1.2), tf.square(a), tf.mul(a, b))),
];

const products: readonly OpRow[] = [
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb) =>
      binary(
        'BatchMatMul',
        (a, b) => tf.matMul(a, b, ta, tb),
        [ta ? [4, 2] : [2, 4], tb ? [3, 4] : [4, 3]],
        [-1, 1],
      ),
    ),
  ),
  binary(
    'BatchMatMul',
    (a, b) => tf.matMul(a, b),
    [
      [2, 3, 4],
      [2, 4, 2],
    ],
    [-1, 1],
  ),
  binary(
    'BatchMatMul',
    (a, b) => tf.matMul(a, b, true, false),
    [
      [2, 4, 3],
      [2, 4, 2],
    ],
    [-1, 1],
  ),
  binary(
    'BatchMatMul',
    (a, b) => tf.matMul(a, b),
    [
      [2, 3, 4],
      [1, 4, 2],
    ],
    [-1, 1],
  ),
];

const reductions: readonly OpRow[] = [
  one('Sum', 'all', [2, 3], (x) => tf.square(tf.sum(x))),
  one('Sum', 'an axis', [2, 3, 2], (x) => tf.square(tf.sum(x, 1))),
  one('Sum', 'a negative axis, kept', [2, 3], (x) => tf.square(tf.sum(x, -1, true))),
  one('Mean', 'all', [2, 3], (x) => tf.square(tf.mean(x))),
  one('Mean', 'two axes', [2, 3, 2], (x) => tf.square(tf.mean(x, [0, 2]))),
  one('Max', 'an axis', [3, 4], (x) => tf.square(tf.max(x, 1))),
  one('Max', 'the first axis', [3, 4], (x) => tf.square(tf.max(x, 0))),
  one('Min', 'all', [3, 4], (x) => tf.square(tf.min(x))),
  one('Cumsum', 'plain', [3, 4], (x) => tf.square(tf.cumsum(x, 1))),
  one('Cumsum', 'exclusive, reversed', [3, 4], (x) => tf.square(tf.cumsum(x, 0, true, true))),
  one('Softmax', 'last axis', [3, 4], (x) => tf.softmax(x)),
  one('LogSoftmax', 'by customGrad', [3, 4], (x) => tf.logSoftmax(x)),
  one('Max', 'logSumExp', [3, 4], (x) => tf.logSumExp(x, 1)),
];

const structures: readonly OpRow[] = [
  one('Identity', 'clone', [2, 3], (x) => tf.square(x.clone())),
  one('Cast', 'to float', [2, 3], (x) => tf.square(tf.cast(x, 'float32'))),
  one('Reshape', 'to a row', [2, 3], (x) => tf.square(tf.reshape(x, [6]))),
  one('ExpandDims', 'in the middle', [2, 3], (x) => tf.square(tf.expandDims(x, 1))),
  one('Transpose', 'three axes', [2, 3, 4], (x) => tf.square(tf.transpose(x, [2, 0, 1]))),
  one('Transpose', 'default', [2, 3], (x) => tf.square(tf.transpose(x))),
  one('Reverse', 'an axis', [2, 3], (x) => tf.mul(tf.reverse(x, 1), x)),
  one('Slice', 'inside', [4, 5], (x) => tf.square(tf.slice(x, [1, 2], [2, 2]))),
  one('Slice', 'to the end', [4, 5], (x) => tf.square(tf.slice(x, [1, 2], [-1, -1]))),
  one('PadV2', 'zeros', [2, 3], (x) =>
    tf.square(
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    ),
  ),
  one('Tile', 'both axes', [2, 3], (x) => tf.square(tf.tile(x, [2, 3]))),
  one('Tile', 'broadcastTo', [1, 3], (x) => tf.square(tf.broadcastTo(x, [4, 3]))),
  one('GatherV2', 'rows, repeated', [4, 3], (x) => tf.square(tf.gather(x, [0, 2, 2, 3]))),
  one('GatherV2', 'columns', [2, 4], (x) => tf.square(tf.gather(x, [3, 1, 1], 1))),
  one('Pack', 'stack', [2, 3], (x) => tf.square(tf.stack([x, tf.mul(x, 2)], 1))),
  one('Unpack', 'unstack', [2, 3], (x) => {
    const [a, b] = tf.unstack(x);
    return a === undefined || b === undefined ? x : tf.mul(a, b);
  }),
  one('Unpack', 'one part only', [3, 2], (x) => tf.square(tf.unstack(x)[1] ?? x)),
  one('SplitV', 'uneven', [2, 5], (x) => {
    const [a, b] = tf.split(x, [2, 3], 1);
    return a === undefined || b === undefined ? x : tf.mul(a, tf.slice(b, [0, 1], [2, 2]));
  }),
  one('ZerosLike', 'no derivative', [2, 3], (x) => tf.add(tf.zerosLike(x), tf.square(x))),
  one('OnesLike', 'no derivative', [2, 3], (x) => tf.mul(tf.onesLike(x), tf.square(x))),
  binary(
    'Concat',
    (a, b) => tf.square(tf.concat([a, b], 1)),
    [
      [2, 3],
      [2, 2],
    ],
    [-1, 1],
  ),
  binary(
    'Concat',
    (a, b) => tf.square(tf.concat([a, b, a], 0)),
    [
      [2, 3],
      [1, 3],
    ],
    [-1, 1],
  ),
];

export const opTable: readonly OpRow[] = [...unaries, ...binaries, ...products, ...reductions, ...structures];
