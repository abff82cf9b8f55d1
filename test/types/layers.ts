/** Shapes that the compiler computes for the layers, and compositions that it refuses. Checked by the compiler alone. */
import {
  avgPool2d,
  bilinear,
  chain,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  dropout,
  embedding,
  flatten,
  globalAvgPool,
  groupNorm,
  layerNorm,
  linear,
  type LinearParameters,
  maxPool2d,
  parallel,
  relu,
  repeat,
  reshape,
  residual,
  selfAttention,
  separableConv2d,
  softmax,
  tanh,
} from '../../src';
import { type Equal } from './equal';

/** Compiles only where a layer's output is this shape. `test/layer/values.test.ts` sees that it is so at run time. */
const gives = <const O extends readonly number[]>() => ({
  from: <L extends { readonly output: readonly number[] }>(
    layer: L & (Equal<L['output'], O> extends true ? unknown : { readonly found: L['output'] }),
  ): { readonly output: readonly number[]; readonly expected: O | undefined } => ({
    output: layer.output,
    expected: undefined,
  }),
});

const size = Number('32');

export const convolutions = [
  gives<readonly [28, 28, 16]>().from(conv2d([32, 32, 3], 16, 5)),
  gives<readonly [32, 32, 16]>().from(conv2d([32, 32, 3], 16, 5, { padding: 'same' })),
  gives<readonly [16, 11, 16]>().from(conv2d([32, 32, 3], 16, 5, { padding: 'same', stride: [2, 3] })),
  gives<readonly [15, 16, 4]>().from(conv2d([32, 32, 3], 4, [4, 1], { stride: 2 })),
  gives<readonly [28, 30, 4]>().from(conv2d([32, 32, 3], 4, [3, 2], { dilation: 2 })),
  gives<readonly [26, 8]>().from(conv1d([28, 4], 8, 3)),
  gives<readonly [14, 8]>().from(conv1d([28, 4], 8, 3, { padding: 'same', stride: 2 })),
  gives<readonly [16, 16, 2]>().from(conv2dTranspose([8, 8, 4], 2, 3, { stride: 2, padding: 'same' })),
  gives<readonly [17, 10, 2]>().from(conv2dTranspose([8, 8, 4], 2, 3, { stride: [2, 1] })),
  gives<readonly [6, 6, 8]>().from(depthwiseConv2d([8, 8, 4], 3, { multiplier: 2 })),
  gives<readonly [8, 8, 4]>().from(depthwiseConv2d([8, 8, 4], 3, { padding: 'same' })),
  gives<readonly [4, 4, 6]>().from(separableConv2d([8, 8, 4], 6, 3, { padding: 'same', stride: 2 })),
];

export const pools = [
  gives<readonly [16, 16, 3]>().from(maxPool2d([32, 32, 3], 2)),
  gives<readonly [15, 10, 3]>().from(maxPool2d([32, 31, 3], [4, 3], { stride: [2, 3] })),
  gives<readonly [3, 3, 2]>().from(avgPool2d([5, 5, 2], 2, { padding: 'same' })),
  gives<readonly [20]>().from(globalAvgPool([4, 4, 20])),
];

export const others = [
  gives<readonly [28, 28]>().from(reshape([784], [28, 28])),
  gives<readonly [3, 4]>().from(softmax([3, 4])),
  gives<readonly [7]>().from(dropout(7, 0.5)),
  gives<readonly [3, 4]>().from(layerNorm([3, 4])),
  gives<readonly [2, 2, 4]>().from(groupNorm([2, 2, 4], 2)),
  gives<readonly [16, 32]>().from(embedding(16, 1000, 32)),
  gives<readonly [28, 16]>().from(selfAttention(28, 16)),
  gives<readonly [3]>().from(bilinear(8, 4, 3)),
  gives<readonly [4]>().from(residual(linear(4, 4))),
  gives<readonly [2]>().from(parallel('sum', linear(4, 2), chain(linear(4, 2), tanh(2)))),
  gives<readonly [8, 8, 8]>().from(
    parallel('concat', conv2d([8, 8, 4], 6, 1), conv2d([8, 8, 4], 2, 3, { padding: 'same' })),
  ),
  gives<readonly [4]>().from(repeat(3, residual(linear(4, 4)))),
];

// Sizes known only at run time, and those too large to count, are numbers.
export const loose = [
  gives<readonly [number, number, 16]>().from(conv2d([size, size, 3], 16, 5)),
  gives<readonly [number, 32, number]>().from(conv2d([size, 32, 3], size, 5, { padding: 'same' })),
  gives<readonly [number]>().from(parallel('concat', linear(3, size), linear(3, 2))),
  gives<readonly [number, number, 1]>().from(conv2d([5000, 5000, 1], 1, 5)),
];

// A whole network, and its parameters.
const net = chain(
  conv2d([28, 28, 1], 8, 5),
  relu([24, 24, 8]),
  maxPool2d([24, 24, 8], 4),
  flatten([6, 6, 8]),
  linear(288, 10),
);
export const network = gives<readonly [10]>().from(net);
const bilinearInput: readonly [12] = bilinear(8, 4, 3).input;
export const copies = repeat(2, linear(4, 4));
type CopyParameters = ReturnType<typeof copies.init>;
const counted: Equal<CopyParameters, readonly [LinearParameters, LinearParameters]> = true;

// @ts-expect-error the image is smaller than the filter leaves room for
gives<readonly [32, 32, 16]>().from(conv2d([32, 32, 3], 16, 5));
// @ts-expect-error a dense layer of another width than the pooled image has values
chain(conv2d([28, 28, 1], 8, 5), maxPool2d([24, 24, 8], 4), flatten([6, 6, 8]), linear(287, 10));
// @ts-expect-error channels that differ
chain(conv2d([8, 8, 1], 4, 3), conv2d([6, 6, 3], 4, 3));
// @ts-expect-error a residual layer that changes the shape
residual(linear(4, 3));
// @ts-expect-error a repeated layer that changes the shape
repeat(2, linear(4, 3));
// @ts-expect-error summed outputs of two widths
parallel('sum', linear(4, 3), linear(4, 2));
// @ts-expect-error layers side by side on two inputs
parallel('concat', linear(4, 3), linear(5, 3));
// @ts-expect-error joined outputs that differ before the last axis
parallel('concat', conv2d([8, 8, 4], 6, 1), conv2d([8, 8, 4], 6, 3));
// @ts-expect-error a padding that does not exist
conv2d([8, 8, 1], 2, 3, { padding: 'full' });
// @ts-expect-error sequences are not images
conv2d([8, 8], 2, 3);
// @ts-expect-error a join that does not exist
parallel('product', linear(4, 3), linear(4, 3));

export { bilinearInput, counted };
