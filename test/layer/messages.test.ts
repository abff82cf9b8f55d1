/** The line for everything that can be wrong in building a layer of the library, or in calling it. */
import { type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  attempt,
  avgPool2d,
  bilinear,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  dropout,
  embedding,
  groupNorm,
  Key,
  layerNorm,
  linear,
  maxPool2d,
  parallel,
  repeat,
  reshape,
  residual,
  selfAttention,
  separableConv2d,
  tanh,
} from '../../src';
import { messageOf, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

/** A layer whose shapes the compiler does not know. */
const unknown = (l: AnyLayer): AnyLayer => l;

const building: readonly (readonly [string, () => unknown, string])[] = [
  [
    'no filters',
    () => conv2d([8, 8, 3], 0, 3),
    'shape error at conv2d: expected dimensions that are whole numbers of at least 1, found [8, 8, 3, 0]',
  ],
  [
    'half a channel',
    () => conv1d([8, 2.5], 3, 3),
    'shape error at conv1d: expected dimensions that are whole numbers of at least 1, found [8, 2.5, 3]',
  ],
  [
    'an empty window',
    () => conv2d([8, 8, 3], 2, [3, 0]),
    'options error at conv2d.kernel: expected whole numbers of at least 1, found 3 × 0',
  ],
  [
    'no stride',
    () => conv2d([8, 8, 3], 2, 3, { stride: 0 }),
    'options error at conv2d.stride: expected whole numbers of at least 1, found 0 × 0',
  ],
  [
    'half a stride',
    () => maxPool2d([8, 8, 3], 2, { stride: 1.5 }),
    'options error at maxPool2d.stride: expected whole numbers of at least 1, found 1.5 × 1.5',
  ],
  [
    'no dilation',
    () => depthwiseConv2d([8, 8, 3], 2, { dilation: 0 }),
    'options error at depthwiseConv2d.dilation: expected whole numbers of at least 1, found 0 × 0',
  ],
  [
    'stride and dilation',
    () => separableConv2d([8, 8, 3], 2, 3, { stride: 2, dilation: 2 }),
    'options error at separableConv2d.dilation: expected a dilation of 1 with a stride, found 2 × 2',
  ],
  [
    'a window larger than the image',
    () => conv2d([4, 8, 3], 2, 5),
    "shape error at conv2d.kernel: expected a window of at most 4, or padding 'same', found one of 5",
  ],
  [
    'a dilated window larger than the image',
    () => conv2d([8, 4, 3], 2, 3, { dilation: 2 }),
    "shape error at conv2d.kernel: expected a window of at most 4, or padding 'same', found one of 5",
  ],
  [
    'a pool larger than the image',
    () => avgPool2d([3, 3, 1], 4),
    "shape error at avgPool2d.kernel: expected a window of at most 3, or padding 'same', found one of 4",
  ],
  [
    'an empty transposed window',
    () => conv2dTranspose([3, 3, 1], 2, 0),
    'options error at conv2dTranspose.kernel: expected whole numbers of at least 1, found 0 × 0',
  ],
  [
    'another number of values',
    () => reshape([4, 3], [5, 2]),
    'shape error at reshape: expected 12 values, as [4, 3] has, found [5, 2]',
  ],
  [
    'a scalar to normalise',
    () => layerNorm([]),
    'shape error at layerNorm: expected at least one axis, found a scalar',
  ],
  [
    'ε of nothing',
    () => layerNorm(4, 0),
    'options error at layerNorm.epsilon: expected a positive finite number, found 0',
  ],
  [
    'groups that do not divide',
    () => groupNorm([4, 4, 6], 4),
    'options error at groupNorm.groups: expected a divisor of the 6 channels, found 4',
  ],
  [
    'heads that do not divide',
    () => selfAttention(4, 6, { heads: 4 }),
    'options error at selfAttention.heads: expected a divisor of the dimension 6, found 4',
  ],
  [
    'dropping everything',
    () => dropout(4, 1),
    'options error at dropout.rate: expected a number of at least 0 and below 1, found 1',
  ],
  [
    'dropping no number',
    () => dropout(4, Number.NaN),
    'options error at dropout.rate: expected a number of at least 0 and below 1, found NaN',
  ],
  [
    'an empty vocabulary',
    () => embedding(4, 0, 2),
    'shape error at embedding: expected dimensions that are whole numbers of at least 1, found [4, 0, 2]',
  ],
  [
    'half a bilinear input',
    () => bilinear(0, 2, 2),
    'shape error at bilinear: expected dimensions that are whole numbers of at least 1, found [0, 2, 2]',
  ],
  [
    'a residual layer that changes the shape',
    () => residual(unknown(linear(4, 3))),
    'shape error at residual (linear): expected the output [4], as the input, found the output [3]',
  ],
  [
    'nothing side by side',
    () => parallel('sum'),
    'options error at parallel: expected at least one layer, found none',
  ],
  [
    'sums of two widths',
    () => parallel('sum', unknown(linear(4, 3)), unknown(linear(4, 2))),
    'shape error at parallel.1 (linear): expected the output [3] of the first layer, found [2]',
  ],
  [
    'two inputs',
    () => parallel('concat', unknown(linear(4, 3)), unknown(tanh(5))),
    'shape error at parallel.1 (tanh): expected the input [4] of the first layer, found [5]',
  ],
  [
    'no copy',
    () => repeat(0, linear(4, 4)),
    'options error at repeat: expected a whole number of at least 1, found 0',
  ],
  [
    'one copy and a half',
    () => repeat(1.5, linear(4, 4)),
    'options error at repeat: expected a whole number of at least 1, found 1.5',
  ],
  [
    'copies that do not fit',
    () => repeat(2, unknown(linear(4, 3))),
    'shape error at chain.1 (linear): expected the input [4] of this layer, found the output [3] of linear',
  ],
];

const onInput = (l: AnyLayer, x: Tensor) => () => l.forward(l.init(Key.key(1)), x);

const calling: readonly (readonly [string, () => unknown, string])[] = [
  [
    'images of another size',
    () => onInput(conv2d([8, 8, 3], 2, 3), zeros([2, 8, 7, 3]))(),
    'shape error at conv2d.input: expected a batch [N, 8, 8, 3], found a tensor [2, 8, 7, 3]',
  ],
  [
    'a token that the table does not have',
    () => onInput(embedding(2, 5, 2), tensor([[0, 5]]))(),
    'data error at embedding.input[1]: expected a whole number in 0 … 4, found 5',
  ],
  [
    'half a token',
    () => onInput(embedding(2, 5, 2), tensor([[0.5, 1]]))(),
    'data error at embedding.input[0]: expected a whole number in 0 … 4, found 0.5',
  ],
];

describe('building a layer', () => {
  it.each(building)('%s', (_name, build, message) => {
    expect(messageOf(attempt(build))).toBe(message);
  });
});

describe('calling a layer', () => {
  it.each(calling)('%s', (_name, call, message) => {
    expect(messageOf(attempt(call))).toBe(message);
  });
});
