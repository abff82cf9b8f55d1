/** Shapes that the compiler computes for the layers, and compositions that it refuses. Checked by the compiler alone. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import {
  avgPool2d,
  type AttentionParameters,
  type Batch,
  bilinear,
  chain,
  conv1d,
  conv2d,
  conv2dTranspose,
  type ConvolutionParameters,
  depthwiseConv2d,
  dropout,
  embedding,
  type EmbeddingParameters,
  flatten,
  followedBy,
  gelu,
  globalAvgPool,
  groupNorm,
  Key,
  layerNorm,
  linear,
  type LinearParameters,
  maxPool2d,
  parallel,
  type ParametersOf,
  positional,
  projection,
  relu,
  repeat,
  reshape,
  residual,
  selfAttention,
  type SeparableParameters,
  separableConv2d,
  softmax,
  tanh,
} from '../../src';
import { inTraining } from '../../src/internal';
import { type Equal, type Holds } from './equal';

/** Compiles only where a layer's output is of this type. `test/layer/values.test.ts` sees that it is so at run time. */
const gives = <const O extends readonly number[]>(expected: O) => ({
  from: <L extends { readonly name: string; readonly output: readonly number[] }>(
    layer: L & (Equal<L['output'], O> extends true ? unknown : { readonly found: L['output'] }),
  ) => ({ name: layer.name, output: [...layer.output], expected: [...expected] }),
});

const size = Number('32');

export const convolutions = [
  gives([28, 28, 16]).from(conv2d([32, 32, 3], 16, 5)),
  gives([32, 32, 16]).from(conv2d([32, 32, 3], 16, 5, { padding: 'same' })),
  gives([16, 11, 16]).from(conv2d([32, 32, 3], 16, 5, { padding: 'same', stride: [2, 3] })),
  gives([15, 16, 4]).from(conv2d([32, 32, 3], 4, [4, 1], { stride: 2 })),
  gives([28, 30, 4]).from(conv2d([32, 32, 3], 4, [3, 2], { dilation: 2 })),
  gives([30, 29, 4]).from(conv2d([32, 32, 3], 4, [3, 2], { dilation: [1, 3] })),
  gives([32, 32, 4]).from(conv2d([32, 32, 3], 4, 3, { dilation: 2, padding: 'same' })),
  gives([3, 3, 4]).from(conv2d([3, 3, 1], 4, 5, { padding: 'same' })),
  gives([1, 1, 4]).from(conv2d([3, 3, 1], 4, 3, { stride: 4 })),
  gives([26, 8]).from(conv1d([28, 4], 8, 3)),
  gives([14, 8]).from(conv1d([28, 4], 8, 3, { padding: 'same', stride: 2 })),
  gives([9, 8]).from(conv1d([28, 4], 8, 3, { stride: 3 })),
  gives([20, 8]).from(conv1d([28, 4], 8, 3, { dilation: 4 })),
  gives([16, 16, 2]).from(conv2dTranspose([8, 8, 4], 2, 3, { stride: 2, padding: 'same' })),
  gives([17, 10, 2]).from(conv2dTranspose([8, 8, 4], 2, 3, { stride: [2, 1] })),
  gives([10, 9, 2]).from(conv2dTranspose([8, 8, 4], 2, [3, 2])),
  gives([6, 6, 8]).from(depthwiseConv2d([8, 8, 4], 3, { multiplier: 2 })),
  gives([8, 8, 4]).from(depthwiseConv2d([8, 8, 4], 3, { padding: 'same' })),
  gives([3, 4, 4]).from(depthwiseConv2d([8, 8, 4], [3, 2], { stride: 2 })),
  gives([4, 4, 6]).from(separableConv2d([8, 8, 4], 6, 3, { padding: 'same', stride: 2 })),
  gives([4, 4, 6]).from(separableConv2d([8, 8, 4], 6, 3, { dilation: 2, multiplier: 3 })),
];

export const pools = [
  gives([16, 16, 3]).from(maxPool2d([32, 32, 3], 2)),
  gives([15, 10, 3]).from(maxPool2d([32, 31, 3], [4, 3], { stride: [2, 3] })),
  gives([5, 5, 2]).from(maxPool2d([5, 5, 2], 3, { stride: 1, padding: 'same' })),
  gives([3, 3, 2]).from(avgPool2d([5, 5, 2], 2, { padding: 'same' })),
  gives([2, 1, 2]).from(avgPool2d([5, 5, 2], [2, 3])),
  gives([20]).from(globalAvgPool([4, 4, 20])),
];

export const others = [
  gives([28, 28]).from(reshape([784], [28, 28])),
  gives([3, 4]).from(softmax([3, 4])),
  gives([5]).from(gelu(5)),
  gives([7]).from(dropout(7, 0.5)),
  gives([7]).from(inTraining(dropout(7, 0.5), Key.key(1))),
  gives([3, 4]).from(layerNorm([3, 4])),
  gives([2, 2, 4]).from(groupNorm([2, 2, 4], 2)),
  gives([16, 32]).from(embedding(16, 1000, 32)),
  gives([16, 32]).from(positional([16, 32])),
  gives([28, 16]).from(selfAttention(28, 16)),
  gives([3]).from(bilinear(8, 4, 3)),
  gives([28, 64]).from(projection([28, 16], 64)),
  gives([4, 7, 2]).from(projection([4, 7, 3], 2, { bias: true })),
  gives([4]).from(residual(linear(4, 4))),
  gives([2]).from(parallel('sum', linear(4, 2), chain(linear(4, 2), tanh(2)))),
  gives([9]).from(parallel('concat', linear(4, 2), linear(4, 3), tanh(4))),
  gives([8, 8, 8]).from(
    parallel('concat', conv2d([8, 8, 4], 6, 1), conv2d([8, 8, 4], 2, 3, { padding: 'same' })),
  ),
  gives([4]).from(repeat(3, residual(linear(4, 4)))),
];

// Sizes known only at run time, and those too large to count, are numbers.
export const loose = [
  gives<readonly [number, number, 16]>([28, 28, 16]).from(conv2d([size, size, 3], 16, 5)),
  gives<readonly [number, 32, number]>([32, 32, 32]).from(
    conv2d([size, 32, 3], size, 5, { padding: 'same' }),
  ),
  gives<readonly [number, number, 1]>([4996, 4996, 1]).from(conv2d([5000, 5000, 1], 1, 5)),
  gives<readonly [number, 8]>([30, 8]).from(conv1d([size, 4], 8, 3)),
  gives<readonly [number, 16, 2]>([64, 16, 2]).from(
    conv2dTranspose([size, 8, 4], 2, 3, { stride: 2, padding: 'same' }),
  ),
  gives<readonly [6, 6, number]>([6, 6, 64]).from(depthwiseConv2d([8, 8, size], 3, { multiplier: 2 })),
  gives<readonly [6, 6, number]>([6, 6, 32]).from(separableConv2d([8, 8, 4], size, 3)),
  gives<readonly [number, 4, 3]>([16, 4, 3]).from(maxPool2d([size, 8, 3], 2)),
  gives<readonly [number]>([32]).from(globalAvgPool([4, 4, size])),
  gives<readonly [number, 2]>([32, 2]).from(reshape([64], [size, 2])),
  gives<readonly [number]>([256]).from(flatten([size, 8])),
  gives<readonly [number]>([34]).from(parallel('concat', linear(3, size), linear(3, 2))),
  gives<readonly [4]>([4]).from(repeat(size, linear(4, 4))),
];

// A whole network, also in a pipe, and its parameters.
const net = chain(
  conv2d([28, 28, 1], 8, 5),
  relu([24, 24, 8]),
  maxPool2d([24, 24, 8], 4),
  flatten([6, 6, 8]),
  linear(288, 10),
);
export const network = gives([10]).from(net);
export type Check1 = Holds<Equal<typeof net.input, readonly [28, 28, 1]>>;
export type Check2 = Holds<Equal<ParametersOf<typeof net>[0], ConvolutionParameters>>;
export type Check3 = Holds<Equal<ParametersOf<typeof net>[4], LinearParameters>>;
export const piped = pipe(
  conv2d([28, 28, 1], 8, 5),
  followedBy(relu),
  followedBy(maxPool2d([24, 24, 8], 4)),
  followedBy(flatten),
  followedBy(linear(288, 10)),
);
export type Check4 = Holds<Equal<typeof piped.output, readonly [10]>>;

// Inputs and parameters of the others.
export const mixed = bilinear(8, 4, 3);
export type Check5 = Holds<Equal<typeof mixed.input, readonly [12]>>;
const separable = separableConv2d([8, 8, 4], 6, 3);
export type Check6 = Holds<Equal<ParametersOf<typeof separable>, SeparableParameters>>;
export const attending = residual(selfAttention(28, 16));
export type Check7 = Holds<Equal<ParametersOf<typeof attending>, AttentionParameters>>;
export const words = embedding(16, 1000, 32);
export type Check8 = Holds<Equal<ParametersOf<typeof words>, EmbeddingParameters>>;
export const copies = repeat(2, linear(4, 4));
export type Check9 = Holds<
  Equal<ReturnType<typeof copies.init>, readonly [LinearParameters, LinearParameters]>
>;
export const branches = parallel('sum', linear(4, 2), chain(linear(4, 2), tanh(2)));
export type Check10 = Holds<Equal<ReturnType<typeof branches.init>[0], LinearParameters>>;

export const tokens = projection([28, 16], 64, { bias: true });
export type Check11 = Holds<Equal<ParametersOf<typeof tokens>, LinearParameters>>;
export const queries = projection([28, 16], 64);
export type Check12 = Holds<Equal<ParametersOf<typeof queries>, Tensor>>;

declare const image: Batch<readonly [8, 8, 4]>;
declare const filter: ConvolutionParameters;

/** None of this compiles, and none of it runs. */
export const refused = (): void => {
  // @ts-expect-error the image is smaller than the filter leaves room for
  gives([32, 32, 16]).from(conv2d([32, 32, 3], 16, 5));
  // @ts-expect-error a number where the compiler knows which
  gives<readonly [number]>([20]).from(globalAvgPool([4, 4, 20]));
  // @ts-expect-error a dense layer of another width than the pooled image has values
  chain(conv2d([28, 28, 1], 8, 5), maxPool2d([24, 24, 8], 4), flatten([6, 6, 8]), linear(287, 10));
  // @ts-expect-error a pool on an image of another size than the convolution gives
  chain(conv2d([28, 28, 1], 8, 5), relu([24, 24, 8]), maxPool2d([28, 28, 8], 4));
  // @ts-expect-error the same in a pipe
  pipe(conv2d([28, 28, 1], 8, 5), followedBy(maxPool2d([28, 28, 8], 4)));
  // @ts-expect-error channels that differ
  chain(conv2d([8, 8, 1], 4, 3), conv2d([6, 6, 3], 4, 3));
  // @ts-expect-error channels multiplied
  chain(depthwiseConv2d([8, 8, 4], 3, { multiplier: 2 }), relu([6, 6, 4]));
  // @ts-expect-error a sequence that has become shorter
  chain(conv1d([28, 4], 8, 3), selfAttention(28, 8));
  // @ts-expect-error tokens that are vectors already
  chain(embedding(16, 1000, 32), layerNorm([16, 31]));
  // @ts-expect-error halves that together are another input
  chain(linear(5, 11), bilinear(8, 4, 3));
  // @ts-expect-error a residual layer that changes the shape
  residual(linear(4, 3));
  // @ts-expect-error the same of images
  residual(conv2d([8, 8, 4], 4, 3));
  // @ts-expect-error the same of a chain
  residual(chain(linear(4, 3), tanh(3)));
  // @ts-expect-error a repeated layer that changes the shape
  repeat(2, linear(4, 3));
  // @ts-expect-error the same, however often
  repeat(size, maxPool2d([8, 8, 4], 2));
  // @ts-expect-error summed outputs of two widths
  parallel('sum', linear(4, 3), linear(4, 2));
  // @ts-expect-error summed outputs of two ranks
  parallel('sum', linear(4, 4), reshape([4], [2, 2]));
  // @ts-expect-error layers side by side on two inputs
  parallel('concat', linear(4, 3), linear(5, 3));
  // @ts-expect-error joined outputs that differ before the last axis
  parallel('concat', conv2d([8, 8, 4], 6, 1), conv2d([8, 8, 4], 6, 3));
  // @ts-expect-error a padding that does not exist
  conv2d([8, 8, 1], 2, 3, { padding: 'full' });
  // @ts-expect-error sequences are not images
  conv2d([8, 8], 2, 3);
  // @ts-expect-error and images not sequences
  conv1d([8, 8, 1], 2, 3);
  // @ts-expect-error a window of two sizes on one axis
  conv1d([8, 8], 2, [3, 3]);
  // @ts-expect-error pools have no dilation
  maxPool2d([8, 8, 1], 2, { dilation: 2 });
  // @ts-expect-error nor have transposed convolutions
  conv2dTranspose([8, 8, 1], 2, 3, { dilation: 2 });
  // @ts-expect-error a join that does not exist
  parallel('product', linear(4, 3), linear(4, 3));
  // @ts-expect-error images of another size
  conv2d([8, 8, 3], 2, 3).forward(filter, image);
  // @ts-expect-error a token of another width
  chain(projection([28, 16], 64, { bias: true }), layerNorm([28, 32]));
  // @ts-expect-error the parameters of another layer
  separable.forward(filter, image);
};
