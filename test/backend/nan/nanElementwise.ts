/** Elementwise ops and reductions that a NaN goes into. */
import * as tf from '@tensorflow/tfjs-core';
import { Formula } from '../../../src';
import { type Binary, LENGTH, type NanRow, none, takes1, takes2, type Unary } from './nanRow';

export const elementwise: readonly (readonly [string, Unary, number?])[] = [
  ['Abs', tf.abs],
  ['Acos', tf.acos],
  ['Acosh', tf.acosh, 2],
  ['Asin', tf.asin],
  ['Asinh', tf.asinh],
  ['Atan', tf.atan],
  ['Atanh', tf.atanh],
  ['Ceil', tf.ceil],
  ['ClipByValue', (x) => tf.clipByValue(x, -1, 1)],
  ['Cos', tf.cos],
  ['Cosh', tf.cosh],
  ['Elu', tf.elu],
  ['Elu', tf.elu, -0.5],
  ['Erf', tf.erf],
  ['Exp', tf.exp],
  ['Expm1', tf.expm1],
  ['Floor', tf.floor],
  ['Identity', (x) => x.clone()],
  ['LeakyRelu', (x) => tf.leakyRelu(x, 0.1)],
  ['Log', tf.log],
  ['Log1p', tf.log1p],
  ['Neg', tf.neg],
  ['Reciprocal', tf.reciprocal],
  ['Relu', tf.relu],
  ['Relu', tf.relu, -0.5],
  ['Relu6', tf.relu6],
  ['Round', tf.round],
  ['Rsqrt', tf.rsqrt],
  ['Selu', tf.selu],
  ['Sigmoid', tf.sigmoid],
  ['Sign', tf.sign],
  ['Sin', tf.sin],
  ['Sinh', tf.sinh],
  ['Softplus', tf.softplus],
  ['Sqrt', tf.sqrt],
  ['Square', tf.square],
  ['Step', (x) => tf.step(x)],
  ['Step', (x) => tf.step(x, 0.5), -0.5],
  ['Tan', tf.tan],
  ['Tanh', tf.tanh],
];

export const twos: readonly (readonly [string, Binary])[] = [
  ['Add', tf.add],
  ['AddN', (a, b) => tf.addN([a, b, a])],
  ['Atan2', tf.atan2],
  ['Maximum', tf.maximum],
  ['Minimum', tf.minimum],
  ['Mod', tf.mod],
  ['Multiply', tf.mul],
  ['Pow', tf.pow],
  ['Prelu', tf.prelu],
  ['RealDiv', tf.div],
  ['SquaredDifference', tf.squaredDifference],
  ['Sub', tf.sub],
  ['Formula add', (a, b) => formula(Formula.add(Formula.input(0), Formula.input(1)), a, b)],
  ['Formula sub', (a, b) => formula(Formula.sub(Formula.input(0), Formula.input(1)), a, b)],
  ['Formula mul', (a, b) => formula(Formula.mul(Formula.input(0), Formula.input(1)), a, b)],
  ['Formula div', (a, b) => formula(Formula.div(Formula.input(0), Formula.input(1)), a, b)],
  [
    'Formula sqrt, affine',
    (a, b) =>
      formula(Formula.add(Formula.sqrt(Formula.input(0)), Formula.affine(Formula.input(1), 2, 1)), a, b),
  ],
  ['Formula abs', (a, b) => formula(Formula.add(Formula.abs(Formula.input(0)), Formula.input(1)), a, b)],
  ['Formula sign', (a, b) => formula(Formula.add(Formula.sign(Formula.input(0)), Formula.input(1)), a, b)],
  ...[Formula.exp, Formula.erf, Formula.logistic].map((f): readonly [string, Binary] => [
    `Formula ${f(Formula.input(0)).op}`,
    (a, b) => formula(Formula.add(f(Formula.input(0)), Formula.input(1)), a, b),
  ]),
  ['Formula max', (a, b) => formula(Formula.max(Formula.input(0), Formula.input(1)), a, b)],
  ['Formula min', (a, b) => formula(Formula.min(Formula.input(0), Formula.input(1)), a, b)],
  [
    'Formula where',
    (a, b) => formula(Formula.where(Formula.input(0), Formula.input(1), Formula.input(1)), a, b),
  ],
];

const formula = (f: Formula.Formula, a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  Formula.evaluate([f], [a, b])[0] ?? none();

export const forward: readonly NanRow[] = [
  ...elementwise.map(([kernel, f, around]): NanRow => ({
    name: around === undefined ? kernel : `${kernel} around ${around}`,
    kernel,
    shapes: [[LENGTH]],
    f: takes1(f),
    reach: 'same',
    ...(around === undefined ? {} : { around }),
  })),
  ...twos.map(([name, f]): NanRow => ({
    name,
    kernel: name.split(' ')[0] ?? name,
    shapes: [[LENGTH], [LENGTH]],
    f: takes2(f),
    reach: 'same',
  })),
  ...twos
    .filter(([name]) => !/^(Formula|AddN)/.test(name))
    .flatMap(([name, f]): NanRow[] => [
      { name: `${name} of rows and a row`, kernel: name, shapes: [[3, 7], [7]], f: takes2(f), reach: 'some' },
      { name: `${name} with a scalar`, kernel: name, shapes: [[LENGTH], []], f: takes2(f), reach: 'some' },
      {
        name: `${name} of a column and rows`,
        kernel: name,
        shapes: [
          [3, 1],
          [3, 7],
        ],
        f: takes2(f),
        reach: 'some',
      },
    ]),
  {
    name: 'Select of both operands',
    kernel: 'Select',
    shapes: [[LENGTH], [LENGTH]],
    f: takes2((a, b) =>
      tf.addN([
        tf.where(tf.greater(tf.range(0, LENGTH), 11), a, b),
        tf.where(tf.greater(tf.range(0, LENGTH), 11), b, a),
      ]),
    ),
    reach: 'same',
  },
];

const reduced = (
  kernel: string,
  f: (x: tf.Tensor, axes?: number[], keep?: boolean) => tf.Tensor,
): NanRow[] => [
  { name: `${kernel} of all`, kernel, shapes: [[LENGTH]], f: takes1((x) => f(x)), reach: 'all' },
  { name: `${kernel} of many`, kernel, shapes: [[3, 1501]], f: takes1((x) => f(x)), reach: 'all' },
  { name: `${kernel} of rows`, kernel, shapes: [[3, 21]], f: takes1((x) => f(x, [1])), reach: 'some' },
  { name: `${kernel} of columns`, kernel, shapes: [[21, 19]], f: takes1((x) => f(x, [0])), reach: 'some' },
  {
    name: `${kernel} of a middle axis`,
    kernel,
    shapes: [[3, 5, 7]],
    f: takes1((x) => f(x, [1], true)),
    reach: 'some',
  },
  {
    name: `${kernel} of outer axes`,
    kernel,
    shapes: [[3, 5, 7]],
    f: takes1((x) => f(x, [0, 2])),
    reach: 'some',
  },
];

export const reductions: readonly NanRow[] = [
  ...reduced('Max', tf.max),
  ...reduced('Min', tf.min),
  ...reduced('Sum', tf.sum),
  ...reduced('Mean', tf.mean),
  ...reduced('Prod', tf.prod),
  { name: 'Cumsum', kernel: 'Cumsum', shapes: [[3, 7]], f: takes1((x) => tf.cumsum(x, 1)), reach: 'some' },
  { name: 'Softmax', kernel: 'Softmax', shapes: [[3, 7]], f: takes1((x) => tf.softmax(x)), reach: 'some' },
  {
    name: 'Softmax of long rows',
    kernel: 'Softmax',
    shapes: [[2, 37]],
    f: takes1((x) => tf.softmax(x)),
    reach: 'some',
  },
  {
    name: 'logSoftmax',
    kernel: 'composed',
    shapes: [[3, 7]],
    f: takes1((x) => tf.logSoftmax(x)),
    reach: 'some',
  },
  {
    name: 'logSumExp',
    kernel: 'composed',
    shapes: [[3, 7]],
    f: takes1((x) => tf.logSumExp(x, 1)),
    reach: 'some',
  },
  { name: 'norm', kernel: 'composed', shapes: [[3, 7]], f: takes1((x) => tf.norm(x)), reach: 'all' },
  {
    name: 'moments',
    kernel: 'composed',
    shapes: [[3, 7]],
    f: takes1((x) => tf.moments(x, 1).variance),
    reach: 'some',
  },
];
