/**
 * Every differentiable op, as a function of tensors, with the numbers that it is tested on. Those keep away from
 * kinks and poles by much more than the step of a central difference; ties have tests of their own.
 */
import * as tf from '@tensorflow/tfjs-core';
import { attend, type Backend, byFormula, einsum, Formula, softmaxCrossEntropy, topk } from '../../src';
import { biasedProduct, gradientOf, normalisedGroups, stepped, withGain } from '../../src/internal';
import { convolutionRows } from './convolutionRows';

/** Where the numbers of one tensor lie: uniform on [low, high), or on both sides of zero at that distance. */
export interface Input {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly bothSigns?: boolean;
}

/**
 * The highest derivative of the row that is not zero everywhere. It is declared, and tested, so that a zero that
 * should be none, and a test that shows nothing, are both found.
 */
export type Order = 0 | 1 | 2;

export interface OpRow {
  /** The kernel whose gradient is tested; `composed` for an op that is made of others. */
  readonly kernel: string;
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly f: (...xs: readonly tf.Tensor[]) => tf.Tensor;
  readonly order: Order;
  /** Where the op itself is wrong in tfjs, and its derivatives cannot be right. */
  readonly wrongOn?: Backend;
}

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Shape = readonly number[];

const none = (): never => {
  throw new RangeError('a row has as many inputs as its function takes');
};

/** A row's function of one tensor, or of two. */
const takes1 =
  (f: Unary): OpRow['f'] =>
  (x = none()) =>
    f(x);
const takes2 =
  (f: Binary): OpRow['f'] =>
  (a = none(), b = none()) =>
    f(a, b);

const spread = (low: number, high: number): Input => ({ shape: [2, 3], low, high });
/** Numbers on both sides of a kink at zero. */
const aroundZero = (low: number, high: number): Input => ({ shape: [2, 5], low, high, bothSigns: true });

const unary = (kernel: string, f: Unary, input: Input = spread(-1.5, 1.5), order: Order = 2): OpRow => ({
  kernel,
  name: `${kernel} on ${input.bothSigns === true ? '±' : ''}[${input.low}, ${input.high})`,
  inputs: [input],
  f: takes1(f),
  order,
});

const binary = (
  kernel: string,
  name: string,
  f: Binary,
  shapes: readonly [Shape, Shape] = [
    [2, 3],
    [2, 3],
  ],
  range: readonly [number, number] = [0.5, 2],
  order: Order = 2,
): OpRow => ({
  kernel,
  name: `${kernel} ${name} [${shapes[0].join()}] [${shapes[1].join()}]`,
  inputs: shapes.map((shape) => ({ shape, low: range[0], high: range[1] })),
  f: takes2(f),
  order,
});

/** An op that is linear: squared, so that its second derivative, too, goes through its gradient. */
const one = (kernel: string, name: string, shape: Shape, f: Unary): OpRow => ({
  kernel,
  name: `${kernel}: ${name}`,
  inputs: [{ shape, low: -1, high: 1 }],
  f: takes1((x) => tf.square(f(x))),
  order: 2,
});

const unaries: readonly OpRow[] = [
  unary('Abs', tf.abs, aroundZero(0.2, 2), 1),
  unary('Acos', tf.acos, spread(-0.8, 0.8)),
  unary('Acosh', tf.acosh, spread(1.3, 3)),
  unary('Asin', tf.asin, spread(-0.8, 0.8)),
  unary('Asinh', tf.asinh),
  unary('Atan', tf.atan),
  unary('Atanh', tf.atanh, spread(-0.8, 0.8)),
  unary('Ceil', tf.ceil, spread(0.1, 0.9), 0),
  unary('Cos', tf.cos),
  unary('Cosh', tf.cosh),
  unary('Elu', tf.elu, aroundZero(0.1, 2)),
  unary('Erf', tf.erf),
  unary('Exp', tf.exp),
  unary('Expm1', tf.expm1),
  unary('Floor', tf.floor, spread(0.1, 0.9), 0),
  unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.3), aroundZero(0.1, 2), 1),
  unary('LeakyRelu', (x) => tf.leakyRelu(tf.square(tf.sub(x, 1)), 0.3), aroundZero(0.1, 2)),
  unary('Log', tf.log, spread(0.5, 3)),
  unary('Log1p', tf.log1p, spread(-0.5, 3)),
  unary('Neg', tf.neg, spread(-1, 1), 1),
  unary('Reciprocal', tf.reciprocal, aroundZero(0.5, 2)),
  {
    kernel: 'Stepped',
    name: 'Stepped',
    inputs: [{ shape: [2, 5], low: -1, high: 1 }, aroundZero(0.1, 2)],
    f: takes2((dy, x) => tf.square(stepped(dy, x))),
    order: 2,
  },
  unary('Relu', tf.relu, aroundZero(0.1, 2), 1),
  unary('Relu', (x) => tf.square(tf.relu(x)), aroundZero(0.1, 2)),
  unary('Relu6', tf.relu6, aroundZero(0.1, 5.9), 1),
  unary('Relu6', (x) => tf.relu6(tf.square(x)), aroundZero(0.1, 2.4)),
  unary('Relu6', tf.relu6, spread(6.1, 9), 0),
  unary('Round', tf.round, spread(0.6, 1.4), 0),
  unary('Rsqrt', tf.rsqrt, spread(0.5, 3)),
  unary('Selu', tf.selu, aroundZero(0.1, 2)),
  unary('Sigmoid', tf.sigmoid),
  unary('Sign', tf.sign, aroundZero(0.1, 2), 0),
  unary('Sin', tf.sin),
  unary('Sinh', tf.sinh),
  unary('Softplus', tf.softplus),
  unary('Sqrt', tf.sqrt, spread(0.5, 3)),
  unary('Square', tf.square),
  unary('Step', (x) => tf.step(x), aroundZero(0.1, 2), 0),
  unary('Step', (x) => tf.step(x, 0.5), aroundZero(0.1, 2), 0),
  unary('Tan', tf.tan, spread(-0.7, 0.7)),
  unary('Tanh', tf.tanh),
  unary('ClipByValue', (x) => tf.clipByValue(x, -0.9, 0.9), spread(-0.8, 0.8), 1),
  unary('ClipByValue', (x) => tf.mul(tf.clipByValue(x, -1, 1), tf.square(x)), aroundZero(1.1, 3)),
  unary('ClipByValue', (x) => tf.clipByValue(x, -1, 1), aroundZero(1.1, 3), 0),
];

const binaries: readonly OpRow[] = [
  binary('Add', 'of a vector', tf.add, [[2, 3], [3]], [-1, 1], 1),
  binary(
    'Add',
    'both broadcast',
    (a, b) => tf.square(tf.add(a, b)),
    [
      [2, 1, 3],
      [4, 1],
    ],
    [-1, 1],
  ),
  binary('AddN', 'with one twice', (a, b) => tf.square(tf.addN([a, b, a])), undefined, [-1, 1]),
  binary('AddN', 'alone', (a, b) => tf.addN([a, b]), undefined, [-1, 1], 1),
  binary('Atan2', 'in the first quarter', tf.atan2),
  binary('Atan2', 'in the other quarters', (a, b) => tf.atan2(tf.sub(a, 3), tf.sub(b, 3)), [[2, 3], [3]]),
  binary('FloorDiv', 'by a scalar', tf.floorDiv, [[2, 3], []], [1.1, 1.9], 0),
  binary('Maximum', 'of products', (a, b) => tf.maximum(tf.square(a), tf.mul(a, b))),
  binary('Maximum', 'alone', tf.maximum, [[2, 3], [3]], [-1, 1], 1),
  binary('Minimum', 'of products', (a, b) => tf.minimum(tf.square(a), tf.mul(a, b)), [
    [2, 3],
    [1, 3],
  ]),
  binary('Minimum', 'alone', tf.minimum, [[2, 3], []], [-1, 1], 1),
  binary('Mod', 'alone', tf.mod, [[2, 3], []], [2.1, 2.9], 1),
  binary(
    'Mod',
    'of a negative number',
    (a, b) => tf.mod(tf.neg(tf.square(a)), b),
    [[2, 3], [3]],
    [1.05, 1.35],
  ),
  binary('Multiply', 'of a column', tf.mul, [
    [2, 3],
    [2, 1],
  ]),
  binary('Multiply', 'by a scalar', tf.mul, [[], [2, 3]], [-1, 1]),
  binary('Pow', 'plain', tf.pow),
  binary('Pow', 'of a vector by a column', tf.pow, [[3], [2, 1]]),
  unary('Pow', (x) => tf.pow(x, 3), aroundZero(0.3, 2)),
  unary('Pow', (x) => tf.pow(x, -2), aroundZero(0.5, 2)),
  binary('Prelu', 'below zero', (a, b) => tf.prelu(tf.neg(a), b), [[2, 3], [3]]),
  binary('Prelu', 'on both sides', (a, b) => tf.prelu(tf.mul(a, [[1, -1, 1]]), b)),
  binary('RealDiv', 'broadcast first', tf.div, [[3], [2, 3]]),
  binary('RealDiv', 'broadcast second', tf.div, [[2, 3], []]),
  binary('SquaredDifference', 'broadcast', tf.squaredDifference, [[2, 3], [3]], [-1, 1]),
  binary('Sub', 'of a scalar', tf.sub, [[2, 3], []], [-1, 1], 1),
  binary('Sub', 'from a row', (a, b) => tf.square(tf.sub(a, b)), [[3], [2, 3]], [-1, 1]),
  binary('Select', 'by a comparison', (a, b) =>
    tf.where(tf.greater(tf.add(a, [[1, 0, -1]]), 1.25), tf.square(a), tf.mul(a, b)),
  ),
  unary('Select', (x) => tf.where(tf.greater(x, 0), x, 0), aroundZero(0.1, 1), 1),
];

const products: readonly OpRow[] = [false, true].flatMap((ta) =>
  [false, true].flatMap((tb) => {
    const flags = `${ta ? 'Aᵀ' : 'A'}·${tb ? 'Bᵀ' : 'B'}`;
    const [a, b] = [ta ? [4, 2] : [2, 4], tb ? [3, 4] : [4, 3]];
    const product: Binary = (x, y) => tf.matMul(x, y, ta, tb);
    const batches: readonly (readonly [Shape, Shape])[] = [
      [[], []],
      [[2], [2]],
      [[3], [1]],
      [[1], [3]],
      [[2], []],
      [[], [2]],
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], []],
    ];
    return batches.map(([m, n]) =>
      binary(
        'BatchMatMul',
        flags,
        product,
        [
          [...m, ...a],
          [...n, ...b],
        ],
        [-1, 1],
      ),
    );
  }),
);

const biasedProducts: readonly OpRow[] = [
  {
    kernel: 'BiasedMatMul',
    name: 'BiasedMatMul: a dense map',
    inputs: [[4, 3], [2, 3], [2]].map((shape) => ({ shape, low: -1, high: 1 })),
    f: (x = none(), w = none(), b = none()) => tf.square(biasedProduct(x, w, b)),
    order: 2,
  },
];

const ofPlaces: readonly OpRow[] = [
  {
    kernel: 'BiasedMatMul',
    name: 'BiasedMatMul: a dense map of places',
    inputs: [[2, 3, 4], [2, 4], [2]].map((shape) => ({ shape, low: -1, high: 1 })),
    f: (x = none(), w = none(), b = none()) => tf.square(biasedProduct(x, w, b)),
    order: 2,
  },
];

const reductions: readonly OpRow[] = [
  one('Sum', 'all', [2, 3], (x) => tf.sum(x)),
  one('Sum', 'an axis', [2, 3, 2], (x) => tf.sum(x, 1)),
  one('Sum', 'an axis of size 1', [2, 1, 2], (x) => tf.sum(x, 1)),
  one('Sum', 'a negative axis, kept', [2, 3], (x) => tf.sum(x, -1, true)),
  one('Sum', 'axes in no order', [2, 3, 2], (x) => tf.sum(x, [2, 0])),
  one('Sum', 'no axis', [2, 3], (x) => tf.sum(x, [])),
  one('Sum', 'four axes', [2, 1, 3, 2], (x) => tf.sum(x, [1, 3], true)),
  one('Mean', 'all', [2, 3], (x) => tf.mean(x)),
  one('Mean', 'two axes', [2, 3, 2], (x) => tf.mean(x, [0, 2])),
  one('Mean', 'a negative axis, kept', [2, 3], (x) => tf.mean(x, -1, true)),
  one('Max', 'an axis', [3, 4], (x) => tf.max(x, 1)),
  one('Max', 'the first axis', [3, 4], (x) => tf.max(x, 0)),
  one('Max', 'a negative axis, kept', [2, 3, 4], (x) => tf.max(x, -2, true)),
  one('Max', 'no axis', [2, 3], (x) => tf.max(x, [])),
  one('Min', 'all', [3, 4], (x) => tf.min(x)),
  one('Min', 'two axes', [2, 3, 4], (x) => tf.min(x, [0, 2])),
  one('Min', 'a negative axis, kept', [2, 3, 4], (x) => tf.min(x, -3, true)),
  one('Prod', 'all', [2, 3], (x) => tf.prod(tf.add(x, 1.5))),
  one('Prod', 'a negative axis', [2, 5], (x) => tf.prod(tf.add(x, 1.5), -1)),
  one('Prod', 'outer axes, kept', [2, 3, 2], (x) => tf.prod(tf.add(x, 1.5), [0, 2], true)),
  one('Prod', 'an axis of size 1', [3, 1], (x) => tf.prod(x, 1)),
  unary('Prod', (x) => tf.prod(x), aroundZero(0.5, 1.5)),
  one('Cumsum', 'plain', [3, 4], (x) => tf.cumsum(x, 1)),
  one('Cumsum', 'exclusive', [3, 4], (x) => tf.cumsum(x, 1, true)),
  one('Cumsum', 'reversed', [3, 4], (x) => tf.cumsum(x, 1, false, true)),
  one('Cumsum', 'exclusive, reversed', [3, 4], (x) => tf.cumsum(x, 0, true, true)),
  unary('Softmax', (x) => tf.softmax(x)),
  unary('Softmax', (x) => tf.softmax(tf.reshape(tf.concat([x, x]), [2, 2, 3]), 2)),
];

const structures: readonly OpRow[] = [
  one('Identity', 'clone', [2, 3], (x) => x.clone()),
  one('Cast', 'to float', [2, 3], (x) => tf.cast(x, 'float32')),
  one('Reshape', 'to a row', [2, 3], (x) => tf.reshape(x, [6])),
  one('Reshape', 'inferred', [2, 3, 2], (x) => tf.reshape(x, [2, -1])),
  one('ExpandDims', 'in the middle', [2, 3], (x) => tf.expandDims(x, 1)),
  one('ExpandDims', 'at the end', [2, 3], (x) => tf.expandDims(x, -1)),
  one('Transpose', 'three axes', [2, 3, 4], (x) => tf.transpose(x, [2, 0, 1])),
  one('Transpose', 'default', [2, 3], (x) => tf.transpose(x)),
  one('Transpose', 'four axes', [2, 3, 1, 2], (x) => tf.transpose(x, [3, 1, 0, 2])),
  unary('Reverse', (x) => tf.mul(tf.reverse(x, 1), x)),
  unary('Reverse', (x) => tf.mul(tf.reverse(x, -2), tf.exp(x))),
  unary('Reverse', (x) => tf.mul(tf.reverse(x), tf.exp(x))),
  one('Slice', 'inside', [4, 5], (x) => tf.slice(x, [1, 2], [2, 2])),
  one('Slice', 'to the end', [4, 5], (x) => tf.slice(x, [1, 2], [-1, -1])),
  one('Slice', 'of the first axis only', [4, 3], (x) => tf.slice(x, 1, 2)),
  one('Slice', 'of leading axes', [3, 2, 3], (x) => tf.slice(x, [1, 1], [2, 1])),
  one('StridedSlice', 'with steps', [5, 6], (x) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 3])),
  one('StridedSlice', 'backwards', [4, 3], (x) => tf.stridedSlice(x, [3, -1], [-5, 0], [-2, -1])),
  one('StridedSlice', 'with masks', [4, 3], (x) => tf.stridedSlice(x, [2, 1], [0, 2], [1, 1], 1, 1, 0, 0, 2)),
  one('PadV2', 'with zeros', [2, 3], (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  ),
  one('PadV2', 'with a number', [3], (x) => tf.pad(x, [[2, 1]], 0.5)),
  one('Tile', 'both axes', [2, 3], (x) => tf.tile(x, [2, 3])),
  one('Tile', 'one axis', [2, 1, 3], (x) => tf.tile(x, [1, 4, 1])),
  one('Tile', 'four axes', [2, 1, 2, 3], (x) => tf.tile(x, [2, 2, 1, 2])),
  one('Tile', 'each of four axes', [2, 3, 2, 1], (x) => tf.tile(x, [2, 2, 2, 3])),
  one('Tile', 'broadcastTo', [1, 3], (x) => tf.broadcastTo(x, [4, 3])),
  one('Tile', 'broadcastTo a higher rank', [3, 1], (x) => tf.broadcastTo(x, [2, 3, 2])),
  one('GatherV2', 'rows, repeated', [4, 3], (x) => tf.gather(x, [0, 2, 2, 3])),
  one('GatherV2', 'columns', [2, 4], (x) => tf.gather(x, [3, 1, 1], 1)),
  one('GatherV2', 'a negative axis', [2, 3, 4], (x) => tf.gather(x, [2, 0], -2)),
  one('GatherV2', 'by a matrix of indices', [4, 2], (x) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [0, 3, 3],
          [1, 1, 0],
        ],
        [2, 3],
        'int32',
      ),
    ),
  ),
  {
    // The WASM kernel reads every batch from the first one's rows on.
    wrongOn: 'wasm',
    ...one('GatherV2', 'in batches', [2, 3, 4, 2], (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 3, 3],
            [1, 2, 1],
          ],
          [2, 3],
          'int32',
        ),
        2,
        1,
      ),
    ),
  },
  one('ScatterNd', 'rows, one twice', [3, 2], (x) =>
    tf.scatterND(tf.tensor2d([[3], [0], [3]], [3, 1], 'int32'), x, [5, 2]),
  ),
  one('ScatterNd', 'entries of a matrix', [3], (x) =>
    tf.scatterND(
      tf.tensor2d(
        [
          [0, 1],
          [2, 0],
          [0, 1],
        ],
        [3, 2],
        'int32',
      ),
      x,
      [3, 2],
    ),
  ),
  one('Pack', 'stack', [2, 3], (x) => tf.stack([x, tf.mul(x, 2)], 1)),
  one('Pack', 'stack at the end', [2, 3], (x) => tf.stack([x, tf.exp(x), x], -1)),
  one('Unpack', 'one part only', [3, 2], (x) => tf.unstack(x)[1] ?? x),
  one('Unpack', 'one part in all', [2, 1], (x) => tf.unstack(x, -1)[0] ?? x),
  unary('Unpack', (x) => tf.unstack(x, -1).reduce((a, b) => tf.mul(a, b))),
  one('SplitV', 'uneven', [2, 5], (x) => {
    const [a = none(), b = none()] = tf.split(x, [2, 3], 1);
    return tf.mul(a, tf.slice(b, [0, 1], [2, 2]));
  }),
  one('SplitV', 'even, on a negative axis', [2, 6], (x) => {
    const [a = none(), , c = none()] = tf.split(x, 3, -1);
    return tf.mul(a, c);
  }),
  one('SplitV', 'the rest', [5, 2], (x) => tf.split(x, [2, -1])[1] ?? x),
  one('SplitV', 'one part in all', [2, 3], (x) => tf.split(x, 1, 1)[0] ?? x),
  unary('ZerosLike', (x) => tf.zerosLike(x), undefined, 0),
  unary('OnesLike', (x) => tf.onesLike(x), undefined, 0),
  unary('OnesLike', (x) => tf.mul(tf.add(tf.onesLike(x), tf.zerosLike(x)), tf.square(x))),
  binary(
    'Concat',
    'of columns',
    (a, b) => tf.square(tf.concat([a, b], 1)),
    [
      [2, 3],
      [2, 2],
    ],
    [-1, 1],
  ),
  binary(
    'Concat',
    'of rows, one twice',
    (a, b) => tf.square(tf.concat([a, b, a], -2)),
    [
      [2, 3],
      [1, 3],
    ],
    [-1, 1],
  ),
];

const named = (name: string, f: Unary, input?: Input, order?: Order): OpRow => ({
  ...unary('composed', f, input, order),
  name: `composed ${name}`,
});

/** Ops of tfjs that are made of others, or bring a gradient of their own by customGrad. */
const composed: readonly OpRow[] = [
  named('logSoftmax', (x) => tf.logSoftmax(x)),
  named('logSoftmax of four', (x) => tf.logSoftmax(tf.concat([x, tf.exp(x)], 1), 1)),
  named('logSumExp of rows', (x) => tf.logSumExp(x, 1)),
  named('logSumExp of all', (x) => tf.logSumExp(x, [0, 1], true)),
  named('logSigmoid', (x) => tf.logSigmoid(x)),
  named('norm', (x) => tf.norm(x), aroundZero(0.5, 1)),
  named('norm of absolute values', (x) => tf.norm(x, 1, -1), aroundZero(0.5, 1), 1),
  named('moments', (x) => tf.moments(x, 1).variance),
  one('composed', 'squeeze', [2, 1, 3], (x) => tf.squeeze(x)),
  one('composed', 'einsum of one', [2, 3, 2], (x) => einsum('abc->ca', x)),
  binary('composed', 'einsum', (a, b) => einsum('bij,bkj->kbi', a, b), [
    [2, 3, 4],
    [2, 2, 4],
  ]),
  binary('composed', 'einsum of three', (a, b) => einsum('ij,jk,ik->', a, b, tf.matMul(a, b)), [
    [2, 3],
    [3, 2],
  ]),
  binary('composed', 'einsum without sums', (a, b) => einsum('i,ij->ji', a, b), [[2], [2, 3]]),
  one('composed', 'topk', [2, 5], (x) => topk(x, 3).values),
  named('topk of a function', (x) => topk(tf.exp(x), 2).values),
  binary('composed', 'dot', (a, b) => tf.dot(a, b), [[2, 3], [3]]),
  binary('composed', 'outerProduct', (a, b) => tf.outerProduct(tf.reshape(a, [3]), tf.reshape(b, [2])), [
    [3],
    [2],
  ]),
  binary('composed', 'losses.meanSquaredError', (a, b) => tf.losses.meanSquaredError(a, b)),
  binary('composed', 'losses.huberLoss', (a, b) => tf.losses.huberLoss(tf.mul(a, 2), b)),
  binary('composed', 'losses.logLoss', (a, b) => tf.losses.logLoss(tf.sigmoid(a), tf.sigmoid(b))),
  binary('composed', 'losses.sigmoidCrossEntropy', (a, b) => tf.losses.sigmoidCrossEntropy(tf.sigmoid(a), b)),
  binary('composed', 'losses.cosineDistance', (a, b) => tf.losses.cosineDistance(a, b, 1)),
];

/** Groups over several places, and one row of an odd width; and the pull-back as a function of both, where a backend has it as a kernel. */
const normalisations: readonly OpRow[] = (
  [
    [2, 3, 2, 5],
    [2, 1, 1, 9],
  ] as const
).flatMap((shape): OpRow[] => {
  // Known to every backend to the last digit, as cosines are not.
  const weights = Float32Array.from(
    { length: tf.util.sizeFromShape([...shape]) },
    (_, i) => ((i * 5) % 7) / 4 - 0.625,
  );
  const [, places, groups, width] = shape;
  const how = { places, groups, width, epsilon: 1e-2 };
  const along = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.tensor(weights, [...shape]));
  return [
    {
      kernel: 'Normalise',
      name: `Normalise [${shape.join(', ')}]`,
      inputs: [{ shape, low: -1, high: 1 }],
      f: takes1((x) => along(normalisedGroups(x, how))),
      order: 2,
    },
    {
      kernel: 'NormaliseGradient',
      name: `NormaliseGradient [${shape.join(', ')}]`,
      inputs: [
        { shape, low: -1, high: 1 },
        { shape, low: -1, high: 1 },
      ],
      f: takes2(
        (x, dy) => gradientOf((t: tf.Tensor) => tf.sum(tf.mul(normalisedGroups(t, how), dy)), x).gradient,
      ),
      order: 2,
    },
  ];
});

/** Fewer and more classes than are computed at once; and the pull-back as a function of both. */
const entropies: readonly OpRow[] = [3, 9].flatMap((classes): OpRow[] => {
  const logits = { shape: [4, classes], low: -1, high: 1 };
  const of = (z: tf.Tensor): tf.Tensor =>
    softmaxCrossEntropy.each(z, tf.tensor1d([0, classes - 1, 1, 0], 'int32'));
  return [
    {
      kernel: 'ClassLosses',
      name: `ClassLosses of ${classes}`,
      inputs: [logits],
      f: takes1((z) => tf.mul(of(z), tf.tensor1d([1, -2, 3, 0.5]))),
      order: 2,
    },
    {
      kernel: 'ClassLossesGradient',
      name: `ClassLossesGradient of ${classes}`,
      inputs: [logits, { shape: [4], low: -1, high: 1 }],
      f: takes2((z, dy) => gradientOf((t: tf.Tensor) => tf.sum(tf.mul(of(t), dy)), z).gradient),
      order: 2,
    },
  ];
});

/** Two heads, with and without a mask; and the pull-back as a function of its operands. */
const attentions: readonly OpRow[] = [false, true].flatMap((causal): OpRow[] => {
  const shape = [2, 3, 4] as const;
  const operand = { shape, low: -1, high: 1 };
  const join = attend(3, 4, { heads: 2, causal });
  const named = causal ? ', causal' : '';
  const of = ([q = none(), k = none(), v = none()]: readonly tf.Tensor[]): tf.Tensor =>
    join.forward([q, k, v]);
  return [
    {
      kernel: 'Attend',
      name: `Attend${named}`,
      inputs: [operand, operand, operand],
      f: (...xs) => of(xs),
      order: 2,
    },
    {
      kernel: 'AttendGradient',
      name: `AttendGradient${named}`,
      inputs: [operand, operand, operand, operand],
      f: (q = none(), k = none(), v = none(), dy = none()) =>
        tf.concat([
          ...gradientOf((xs: readonly tf.Tensor[]) => tf.sum(tf.mul(of(xs), dy)), [q, k, v]).gradient,
        ]),
      order: 2,
    },
  ];
});

/** Features that are computed four at once, and what is left over; and the pull-back as a function of its operands. */
const gains: readonly OpRow[] = [
  {
    kernel: 'GainAndBias',
    name: 'GainAndBias',
    inputs: [spread(-1, 1), spread(-1, 1), spread(-1, 1)].map((input, i) => ({
      ...input,
      shape: i === 0 ? [2, 3, 5] : [5],
    })),
    f: (x = none(), gain = none(), bias = none()) => withGain(x, gain, bias),
    order: 2,
  },
  {
    kernel: 'GainAndBiasGradient',
    name: 'GainAndBiasGradient',
    inputs: [spread(-1, 1), spread(-1, 1), spread(-1, 1)].map((input, i) => ({
      ...input,
      shape: i === 1 ? [5] : [2, 3, 5],
    })),
    f: (x = none(), gain = none(), dy = none()) => {
      const of = ([a = none(), b = none(), c = none()]: readonly tf.Tensor[]): tf.Tensor =>
        tf.sum(tf.mul(withGain(a, b, c), dy));
      const found = gradientOf(of, [x, gain, tf.zerosLike(gain)] as readonly tf.Tensor[]).gradient;
      return tf.concat(found.map((t) => tf.reshape(t, [-1])));
    },
    order: 2,
  },
];

const numberwise = (name: string, f: (x: Formula.Formula) => Formula.Formula, input: Input): OpRow => ({
  ...unary('Formula', byFormula(f), input),
  name: `Formula ${name}`,
});

/** Every operation of formulas; two results at once, which share a part; and a choice between two tensors. */
const formulas: readonly OpRow[] = [
  numberwise('exp', Formula.exp, spread(-1, 1)),
  numberwise('erf', Formula.erf, spread(-1.5, 1.5)),
  numberwise('logistic', Formula.logistic, spread(-1.5, 1.5)),
  numberwise('sqrt', Formula.sqrt, spread(0.5, 1.5)),
  numberwise(
    'abs and sign',
    (x) => Formula.mul(Formula.mul(Formula.abs(x), x), Formula.sign(x)),
    aroundZero(0.3, 1),
  ),
  {
    kernel: 'Formula',
    name: 'Formula of two, with two results',
    inputs: [spread(0.5, 1.5), spread(0.5, 1.5)],
    f: (...xs) => {
      const [a, b] = [Formula.input(0), Formula.input(1)];
      const both = Formula.mul(a, Formula.affine(b, 2, 0.5));
      return tf.concat([
        ...Formula.evaluate([Formula.div(both, b), Formula.sub(Formula.mul(both, both), b)], xs),
      ]);
    },
    order: 2,
  },
  {
    kernel: 'Formula',
    name: 'Formula max, min, where',
    inputs: [aroundZero(0.5, 1.5), spread(-0.3, 0.3), spread(0.5, 1)].map((input) => ({
      ...input,
      shape: [2, 5],
    })),
    f: (...xs) => {
      const [a, b, c] = [Formula.input(0), Formula.input(1), Formula.input(2)];
      const chosen = Formula.where(a, Formula.mul(b, c), Formula.mul(b, b));
      const [y = none()] = Formula.evaluate(
        [
          Formula.mul(
            Formula.add(Formula.max(a, b), Formula.mul(Formula.min(a, b), c)),
            Formula.add(chosen, c),
          ),
        ],
        xs,
      );
      return y;
    },
    order: 2,
  },
];

/** Rows of one name, which differ in what else their function does, by a number behind it. */
const apart = (rows: readonly OpRow[]): readonly OpRow[] =>
  rows.map((row, i) => {
    const before = rows.slice(0, i).filter(({ name }) => name === row.name).length;
    return before === 0 ? row : { ...row, name: `${row.name}, ${before + 1}` };
  });

export const opTable: readonly OpRow[] = apart([
  ...unaries,
  ...binaries,
  ...products,
  ...reductions,
  ...structures,
  ...composed,
  ...normalisations,
  ...entropies,
  ...convolutionRows,
  ...biasedProducts,
  ...attentions,
  ...formulas,
  ...gains,
  ...ofPlaces,
]);
