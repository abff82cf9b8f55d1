/** A convolution, laid out in memory for its kernels (`kernels/assembly/shape.ts`). */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Info } from '../convolutionInfo';
import { type Team } from './team';
import { addressOf } from './kernel';

/** From this many multiply-adds on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

interface Operands {
  readonly x: TensorInfo;
  /** Where the filter is, or goes. */
  readonly filter?: TensorInfo;
  readonly out: TensorInfo;
  readonly bias?: TensorInfo;
}

/**
 * The arguments of a kernel: the address of the shape, the amount of work, and whether sharing it
 * pays off.
 */
interface Job {
  readonly shape: number;
  readonly items: number;
  readonly worth: boolean;
}

/**
 * Lays out a convolution (`kernels/assembly/shape.ts` has the order of its words), with a work
 * space of `size` numbers that starts as zeros, and a band of images for each thread.
 */
export const withShape = (
  team: Team,
  backend: BackendWasm,
  { x, filter, out, bias }: Operands,
  info: Info,
  size: (shape: number) => number,
  use: (job: Job) => void,
): void => {
  const addresses = [x, filter, out].map((t) => (t === undefined ? 0 : addressOf(backend, t)));
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
      // Also if the heap was full before the last of them.
      for (const address of made) team.free(address);
    }
  });
};

/** A gradient by the filter: its operands, and what gets the address of the shape to join the sums. */
export interface FilterSums {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
  readonly filter?: TensorInfo;
  readonly info: Info;
  readonly use: (shape: number) => void;
}

/** Computes the sums of gradients by filters on all threads, those of all gradients at once. */
export const withFilterSums = (team: Team, backend: BackendWasm, all: readonly FilterSums[]): void => {
  // In float64, each as large as two of float32.
  const sums = (shape: number): number => 2 * team.call('filterSums', shape);
  const from = (next: number, jobs: readonly Job[]): void => {
    const gradient = all[next];
    if (gradient === undefined) {
      const items = jobs.reduce((total, { shape }) => total + team.call('filterItems', shape), 0);
      team.withWords(
        jobs.map(({ shape }) => shape),
        (list) => {
          team.share('filterGradient', [list], items, 1, jobs.some(({ worth }) => worth)); // prettier-ignore
        },
      );
      jobs.forEach(({ shape }, i) => all[i]?.use(shape));
      return;
    }
    const { x, dy, filter, info } = gradient;
    const operands = { x, out: dy, ...(filter === undefined ? {} : { filter }) };
    withShape(team, backend, operands, info, sums, (job) => {
      from(next + 1, [...jobs, job]);
    });
  };
  from(0, []);
};
