/**
 * Convolutions and their gradient by the filter for the WASM backend, by kernels of our own (`kernels/assembly/conv.ts` and
 * `convFilter.ts`), on all threads.
 *
 * tfjs has no filter gradient there. Its forward kernel hands a padding 'same' on to XNNPACK, which gives zeros where the stride is
 * larger than the filter; and a padding by one number counts the outputs of both axes by the height of the filter, and then
 * writes beyond the tensor that it made.
 */
import { Conv2D, Conv2DBackpropFilter, type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { BIASED_CONVOLUTION } from '../core';
import { type Info, infoOf, numbers, shape4, shapeAttr } from './convolutionInfo';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './wasmKernel';
import { filled } from './wasmResult';

/** From this many multiply-adds on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

interface Operands {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly out: TensorInfo;
  readonly bias?: TensorInfo;
}

/** What a kernel is given: where its shape lies, how much work it has, and whether that is worth sharing. */
interface Job {
  readonly shape: number;
  readonly items: number;
  readonly worth: boolean;
}

/**
 * Lay out a convolution (`kernels/assembly/shape.ts` has the order of its words) with work space of as many numbers as `size`
 * says, which begins as zeros, and a band of images for each thread.
 */
const withShape = (
  team: Team,
  backend: BackendWasm,
  { x, filter, out, bias }: Operands,
  info: Info,
  size: (shape: number) => number,
  use: (job: Job) => void,
): void => {
  const addresses = [x, filter, out].map((t) => addressOf(backend, t));
  const { padInfo, batchSize, inHeight, inWidth, inChannels, outChannels, outHeight, outWidth } = info;
  const sizes = [batchSize, inHeight, inWidth, inChannels, outChannels, info.filterHeight, info.filterWidth];
  const moves = [info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth];
  const words = [
    ...addresses,
    0,
    0,
    0,
    0,
    ...sizes,
    padInfo.top,
    padInfo.left,
    outHeight,
    outWidth,
    ...moves,
    bias === undefined ? 0 : addressOf(backend, bias),
  ];
  const all = Array.from({ length: team.call('shapeWords') }, (_, i) => words[i] ?? 0);
  team.withWords(all, (shape) => {
    const items = team.call('planConvolution', shape);
    const made: number[] = [];
    const keep = (address: number): number => {
      made.push(address);
      return address;
    };
    try {
      const work = keep(team.zeros(size(shape)));
      const bands = keep(team.allocate(team.threads * team.call('bandBytes', shape)));
      const offsets = keep(team.allocate(4 * team.call('offsetsOf', shape)));
      team.write(shape + 12, [work, bands, offsets]);
      team.call('writeOffsets', shape);
      const products = batchSize * outHeight * outWidth * outChannels * inChannels * info.filterHeight;
      use({ shape, items, worth: products * info.filterWidth >= WORTH_SHARING });
    } finally {
      // Also where the heap was full before the last of them.
      for (const address of made) team.free(address);
    }
  });
};

export const installWasmConvolve = (team: Team): void => {
  // With a bias the sums begin with it, which saves a pass over the outputs.
  for (const name of [Conv2D, BIASED_CONVOLUTION])
    replaceKernel(name, ({ inputs, attrs, backend }) => {
      const [x, filter] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'filter')];
      const bias = name === BIASED_CONVOLUTION ? { bias: inputOf(inputs, name, 'bias') } : {};
      const shape = shape4(name, filter.shape);
      const info = infoOf(name, x.shape, shape, attrs, false, numbers(attrs['dilations']));
      const packed = (s: number): number => team.call('packedFilter', s);
      return filled(backend, info.outShape, (out) => {
        withShape(team, backend, { x, filter, out, ...bias }, info, packed, (job) => {
          team.call('packFilter', job.shape);
          team.share('convolve', [job.shape], job.items, 1, job.worth);
        });
      });
    });
  replaceKernel(Conv2DBackpropFilter, ({ inputs, attrs, backend }) => {
    const name = Conv2DBackpropFilter;
    const [x, dy] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'dy')];
    const shape = shapeAttr(name, attrs, 'filterShape');
    const info = infoOf(name, x.shape, shape, attrs, false);
    // In float64, each as large as two of float32.
    const sums = (s: number): number => 2 * team.call('filterSums', s);
    return filled(backend, shape, (filter) => {
      withShape(team, backend, { x, filter, out: dy }, info, sums, (job) => {
        team.share('filterGradient', [job.shape], team.call('filterItems', job.shape), 1, job.worth);
        team.call('sumFilter', job.shape);
      });
    });
  });
};
