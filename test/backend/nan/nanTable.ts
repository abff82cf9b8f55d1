/** The table of ops × places that a NaN has to pass: those of the other files, and what differentiation makes of them. */
import * as tf from '@tensorflow/tfjs-core';
import { gradientOf } from '../../../src/internal';
import { elementwise, forward, reductions, twos } from './nanElementwise';
import { linear, moved, pooled } from './nanLinear';
import {
  alongCotangent,
  type Binary,
  gradient,
  LENGTH,
  type NanRow,
  none,
  takes1,
  takes2,
  twice,
} from './nanRow';

/** The derivatives by both operands, added up. */
const gradientBoth = (f: Binary, a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const { gradient: g } = gradientOf(
    (p: { readonly a: tf.Tensor; readonly b: tf.Tensor }) => tf.sum(f(p.a, p.b)),
    { a, b },
  );
  return tf.add(g.a, g.b);
};

/** Ops whose derivative is one number wherever there is one. */
const constant = new Set(['Identity', 'Neg', 'Ceil', 'Floor', 'Round', 'Sign', 'Step']);

export const gradients: readonly NanRow[] = [
  ...elementwise
    .filter(([kernel]) => !constant.has(kernel))
    .map(([kernel, f, around]): NanRow => ({
      name: `gradient of ${kernel}${around === undefined ? '' : ` around ${around}`}`,
      kernel,
      shapes: [[LENGTH]],
      f: takes1(gradient(f)),
      reach: 'same',
      ...(around === undefined ? {} : { around }),
    })),
  ...elementwise
    .map(([kernel, f, around]): NanRow => ({
      name: `gradient of ${kernel}${around === undefined ? '' : ` around ${around}`} by a cotangent`,
      kernel,
      shapes: [[LENGTH]],
      // Around 0.5 it is the cotangent that is NaN.
      f: takes1((u) => alongCotangent(f, tf.fill([LENGTH], around ?? 0.5), u)),
      reach: 'same',
    }))
    .filter(({ kernel }) => !['Ceil', 'Floor', 'Round', 'Sign', 'Step'].includes(kernel)),
  ...twos
    .filter(([name]) => /^(Maximum|Minimum|Prelu|RealDiv|Pow|Multiply|SquaredDifference)$/.test(name))
    .flatMap(([name, f]): NanRow[] => [
      {
        name: `gradient of ${name} by both`,
        kernel: name,
        shapes: [[LENGTH], [LENGTH]],
        f: takes2((a, b) => gradientBoth(f, a, b)),
        reach: 'same',
      },
    ]),
  ...reductions
    .filter(
      ({ kernel, name }) =>
        (['Max', 'Min', 'Prod', 'Softmax'].includes(kernel) && !/many/.test(name)) ||
        /logS|norm|moments/.test(name),
    )
    .map(({ name, kernel, shapes, f }): NanRow => ({
      name: `gradient of ${name}`,
      kernel,
      shapes,
      f: takes1(gradient((x) => f(x))),
      reach: 'some',
    })),
  ...(['Relu', 'Relu6', 'LeakyRelu', 'Elu', 'Selu', 'Softplus', 'Sigmoid', 'Tanh'] as const).map(
    (kernel): NanRow => {
      const f = elementwise.find(([name]) => name === kernel)?.[1] ?? none;
      return {
        name: `second derivative of ${kernel}`,
        kernel,
        shapes: [[LENGTH]],
        f: takes1(twice((x) => tf.square(f(x)))),
        reach: 'same',
      };
    },
  ),
];

export const nanTable: readonly NanRow[] = [
  ...forward,
  ...reductions,
  ...pooled,
  ...linear,
  ...moved,
  ...gradients,
];
